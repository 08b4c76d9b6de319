// Where what floats is put: the page, or the dialog that lies over it, because nothing beneath a modal dialog can be used.
import { createContext, useContext } from "react";

export const Layer = createContext<HTMLElement | null>(null);

/** The container for a portal; `undefined` is the page. */
export const useLayer = (): HTMLElement | undefined => useContext(Layer) ?? undefined;
