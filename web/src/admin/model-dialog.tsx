// One model, as it is put into the list: its name, abilities and routes.
import { useState } from "react";
import { refresh } from "../api/query";
import type { Abilities, Model, ModelRoute } from "../api/schema";
import { call } from "../api/session";
import { t } from "../i18n";
import { Button, Checkbox, Dialog, Input, useAction } from "../ui";
import { amountOf, usd } from "./amount";

const FLAGS = ["vision", "reasoning", "tools", "prefill"] as const;
const SIZES = ["contextTokens", "maxOutputTokens"] as const;
const MOST_ROUTES = 8;

interface Draft {
  /** Its own, so that moving it moves its fields. */
  key: string;
  provider: string;
  model: string;
  input: string;
  output: string;
  cached: number | null;
}

const draftOf = (route?: ModelRoute): Draft => ({
  key: crypto.randomUUID(),
  provider: route?.provider ?? "",
  model: route?.model ?? "",
  input: usd(route?.price?.inputMicroUsd),
  output: usd(route?.price?.outputMicroUsd),
  cached: route?.price?.cachedInputMicroUsd ?? null,
});

function routeOf({ provider, model, input, output, cached }: Draft, at: number): ModelRoute {
  const inputMicroUsd = amountOf(`routes/${at}/price/inputMicroUsd`, input);
  const outputMicroUsd = amountOf(`routes/${at}/price/outputMicroUsd`, output);
  const price = inputMicroUsd === null && outputMicroUsd === null ? {} : { price: { inputMicroUsd: inputMicroUsd ?? 0, outputMicroUsd: outputMicroUsd ?? 0, ...(cached === null ? {} : { cachedInputMicroUsd: cached }) } };
  return { provider: provider.trim(), model: model.trim(), ...price };
}

export function ModelDialog({ model, onClose }: { model: Model | null; onClose: () => void }) {
  const [name, setName] = useState(model?.name ?? "");
  const [title, setTitle] = useState(model?.title ?? "");
  const [abilities, setAbilities] = useState<Abilities>(model?.abilities ?? {});
  const [routes, setRoutes] = useState<readonly Draft[]>(() => (model ? model.routes.map(draftOf) : [draftOf()]));
  const save = useAction(async () => {
    await call("PUT /api/admin/models/{name}", { path: { name: name.trim() }, body: { abilities, routes: routes.map(routeOf), ...(title.trim() ? { title: title.trim() } : {}) } });
    await refresh("GET /api/admin/models");
    onClose();
  });
  const change = (at: number, changes: Partial<Draft>) => setRoutes(routes.map((route, other) => (other === at ? { ...route, ...changes } : route)));
  const moveUp = (at: number) => setRoutes(routes.flatMap((route, other) => (other === at - 1 ? [routes[at] ?? route, route] : other === at ? [] : [route])));
  return (
    <Dialog title={model ? model.title : t("admin.modelNew")} onClose={onClose} size="wide">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <div className="two">
          <Input label={t("admin.modelName")} name="name" required maxLength={128} disabled={model !== null} value={name} error={save.field("name")} onChange={({ target }) => setName(target.value)} />
          <Input label={t("admin.modelTitle")} name="title" optional maxLength={200} value={title} error={save.field("title")} onChange={({ target }) => setTitle(target.value)} />
        </div>
        <fieldset>
          <legend>{t("admin.abilities")}</legend>
          <div className="two">
            {FLAGS.map((flag) => (
              <Checkbox key={flag} label={t(`admin.${flag}`)} checked={abilities[flag] ?? false} onChange={({ target }) => setAbilities({ ...abilities, [flag]: target.checked })} />
            ))}
          </div>
        </fieldset>
        <div className="two">
          {SIZES.map((size) => (
            <Input
              key={size}
              label={t(`admin.${size}`)}
              name={size}
              type="number"
              min={1}
              optional
              value={abilities[size] ?? ""}
              error={save.field(`abilities/${size}`)}
              onChange={({ target }) => {
                const { [size]: _, ...rest } = abilities;
                setAbilities(target.value ? { ...rest, [size]: Number(target.value) } : rest);
              }}
            />
          ))}
        </div>
        {routes.map((route, at) => (
          <fieldset key={route.key} className="route">
            <legend>{t("admin.route", { number: at + 1 })}</legend>
            <div className="two">
              <Input label={t("admin.provider")} name={`provider-${at}`} required maxLength={64} value={route.provider} error={save.field(`routes/${at}/provider`)} onChange={({ target }) => change(at, { provider: target.value })} />
              <Input label={t("admin.providersModel")} name={`model-${at}`} required maxLength={128} value={route.model} error={save.field(`routes/${at}/model`)} onChange={({ target }) => change(at, { model: target.value })} />
              <Input
                label={t("admin.inputPrice")}
                name={`input-${at}`}
                inputMode="decimal"
                optional
                value={route.input}
                error={save.field(`routes/${at}/price/inputMicroUsd`)}
                onChange={({ target }) => change(at, { input: target.value })}
              />
              <Input
                label={t("admin.outputPrice")}
                name={`output-${at}`}
                inputMode="decimal"
                optional
                value={route.output}
                error={save.field(`routes/${at}/price/outputMicroUsd`)}
                onChange={({ target }) => change(at, { output: target.value })}
              />
            </div>
            <div className="actions">
              {at > 0 && (
                <Button size="small" kind="quiet" onClick={() => moveUp(at)}>
                  {t("admin.moveUp", { number: at + 1 })}
                </Button>
              )}
              {routes.length > 1 && (
                <Button size="small" kind="quiet" onClick={() => setRoutes(routes.filter((_, other) => other !== at))}>
                  {t("admin.removeRoute", { number: at + 1 })}
                </Button>
              )}
            </div>
          </fieldset>
        ))}
        {save.error !== null && (
          <p className="form-error" role="alert">
            {save.problem()}
          </p>
        )}
        <div className="dialog-foot">
          <Button disabled={routes.length >= MOST_ROUTES} onClick={() => setRoutes([...routes, draftOf()])}>
            {t("admin.addRoute")}
          </Button>
          <Button type="submit" kind="primary" busy={save.busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
