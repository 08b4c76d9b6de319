// What web/tests uses of api-types.mjs.
export function apiTypes(document: unknown): string;
