// Where the page keeps things between visits.

/** The part of localStorage that the page uses. */
export type Store = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** Where the page keeps things: in memory when the browser refuses to store. */
export const storage: Store = ((): Store => {
  try {
    localStorage.setItem("edgewise.probe", "1");
    localStorage.removeItem("edgewise.probe");
    return localStorage;
  } catch {
    const map = new Map<string, string>();
    return {
      get length() {
        return map.size;
      },
      key: (at) => [...map.keys()][at] ?? null,
      getItem: (key) => map.get(key) ?? null,
      setItem: (key, value) => void map.set(key, value),
      removeItem: (key) => void map.delete(key),
    };
  }
})();

/** Keeps something that may be lost: a full storage is no fault. */
export function keep(key: string, value: string | null): void {
  try {
    if (value === null || value === "") storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Lives as long as the page does.
  }
}
