// English: every text of the page by its key. The other languages have the same keys.
import { account } from "./account";
import { admin } from "./admin";
import { agents } from "./agents";
import { chat } from "./chat";
import { common } from "./common";
import { settings } from "./settings";

export const en = { ...common, ...chat, ...account, ...settings, ...admin, ...agents } as const;
export type Key = keyof typeof en;
