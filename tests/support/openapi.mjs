// The API's document as a judge: whether an answer is one that the document promises.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { at } from "../../scripts/setup/places.mjs";

/** The document that is committed. */
export const committed = () => JSON.parse(readFileSync(at("web", "public", "openapi.json"), "utf8"));

/** A copy in which no object has a field that is not told: the document must leave nothing out. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if (schema.type === "object" && schema.properties && schema.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

function validator(schemas) {
  const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: false, allowUnionTypes: true });
  addFormats(ajv);
  // Those of Rust's integers say no more than `minimum` and `maximum` do.
  for (const format of ["uint8", "uint16", "uint32", "uint64"]) ajv.addFormat(format, true);
  const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"openapi#/$defs/'));
  ajv.addSchema({ $id: "openapi", $defs: absolute(schemas) });
  const compiled = new Map();
  return (schema, value) => {
    const key = JSON.stringify(schema);
    if (!compiled.has(key)) compiled.set(key, ajv.compile(absolute(schema)));
    const check = compiled.get(key);
    return check(value) ? [] : check.errors.map(({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`);
  };
}

const typeOf = (text) => (text ?? "").split(";")[0].trim();

/** What each `data:` of a whole stream of server-sent events holds; of one that was cut, all but the last. */
function eventData(text) {
  const whole = text.slice(0, text.lastIndexOf("\n\n") + 1);
  return whole.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
}

export class Contract {
  constructor(document) {
    this.document = document;
    const { schemas } = document.components;
    this.fits = validator(schemas);
    this.#fitsExactly = validator(closed(schemas));
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, about]) => ({ id: about.operationId, method: method.toUpperCase(), path, about, parameters: about.parameters ?? [] })),
    );
  }

  #fitsExactly;

  operation(method, path) {
    const fits = (pattern) => new RegExp(`^${pattern.replace(/\{\w+\}/g, "[^/]+")}$`).test(path);
    const found = this.operations.filter((operation) => operation.method === method && fits(operation.path));
    // `/me/passkeys/options` is no passkey.
    return found.sort((one, other) => one.path.split("{").length - other.path.split("{").length)[0];
  }

  response(operation, status) {
    const told = operation.about.responses[status];
    return told?.$ref ? this.#resolve(told.$ref) : told;
  }

  #resolve(ref) {
    return ref.slice(2).split("/").reduce((value, key) => value[key], this.document);
  }

  /** What `{status, headers, text}` has that the document does not promise, as sentences. `headers` is a `Headers`. */
  faultsOf(operation, { status, headers, text }) {
    const told = this.response(operation, status);
    if (!told) return [`${status} is not documented`];
    const faults = Object.keys(told.headers ?? {}).filter((name) => !headers.has(name) && !(name === "ETag" && typeOf(headers.get("content-type")) === "text/event-stream")).map((name) => `no ${name}`);
    const type = typeOf(headers.get("content-type"));
    if (!told.content) return text ? [...faults, `${status} has a body`] : faults;
    const content = told.content[type];
    if (!content) return [...faults, `${status} is ${type || "of no type"}`];
    // A file or a page, of which no schema says anything.
    if (!content.schema || (!/json$/.test(type) && type !== "text/event-stream")) return faults;
    const judged = (schema, json) => {
      try {
        return this.#fitsExactly(schema, JSON.parse(json));
      } catch (error) {
        return [`${error.message}: ${json.slice(0, 200)}`];
      }
    };
    if (type !== "text/event-stream") return [...faults, ...judged(content.schema, text)];
    return [...faults, ...eventData(text).filter((data) => data !== "[DONE]").flatMap((data) => judged(content["x-data"], data))];
  }
}
