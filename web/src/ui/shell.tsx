// A screen of sections: their names at the side, or above where it is narrow, and one of them.
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { t } from "../i18n";
import { LogoIcon } from "../icons";
import "./shell.css";

interface ShellProps {
  title: string;
  sections: readonly { path: string; label: string }[];
  current: string;
  children: ReactNode;
}

export function Shell({ title, sections, current, children }: ShellProps) {
  const label = sections.find(({ path }) => path === current)?.label ?? title;
  useEffect(() => {
    document.title = `${label} · Edgewise`;
  }, [label]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("common.skip")}
      </a>
      <aside className="shell-side">
        <Link className="shell-brand" href="/">
          <LogoIcon className="logo" />
          <span>{t("common.backToChat")}</span>
        </Link>
        <nav aria-label={title}>
          <h1>{title}</h1>
          <ul>
            {sections.map((section) => (
              <li key={section.path}>
                <Link href={section.path} aria-current={section.path === current ? "page" : undefined}>
                  {section.label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </aside>
      <main id="content" className="shell-main" tabIndex={-1}>
        <div className="shell-content">{children}</div>
      </main>
    </div>
  );
}

/** A part of a section, with its heading. */
export function Panel({ title, text, action, children }: { title: string; text?: ReactNode; action?: ReactNode; children?: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <div>
          <h2>{title}</h2>
          {text && <p className="field-hint">{text}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
