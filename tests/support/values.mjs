// Values for a schema, good and bad, drawn from a seeded generator: the same draws give the same values.

/** Draws of one seeded generator. */
export class Draws {
  constructor(random) {
    this.random = random;
  }

  below = (count) => Math.floor(this.random() * count);
  chance = (part) => this.random() < part;
  one = (items) => items[this.below(items.length)];
  hex = (digits) => Array.from({ length: digits }, () => this.below(16).toString(16)).join("");
  uuid = () => `${this.hex(8)}-${this.hex(4)}-7${this.hex(3)}-8${this.hex(3)}-${this.hex(12)}`;
  words = (length) => Array.from({ length }, () => this.one([..."abcdefghijklmnopqrstuvwxyz0123456789"])).join("");
}

/** JSON that `JSON.stringify` cannot write. */
export class Raw {
  constructor(text) {
    this.text = text;
  }
}

/** As JSON, with every `Raw` as it stands and every `[key, value]` of a `Fields` written, twice if it is there twice. */
export function write(value) {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (value instanceof Fields) return `{${value.entries.map(([key, each]) => `${JSON.stringify(key)}:${write(each)}`).join(",")}}`;
  if (value !== null && typeof value === "object") return write(new Fields(Object.entries(value)));
  return JSON.stringify(value);
}

class Fields {
  constructor(entries) {
    this.entries = entries;
  }
}

/** Texts of `length` characters that may fit a pattern. A pattern that none of them fits needs another line here. */
const spellings = [
  (draws, length) => `a${draws.words(Math.max(0, length - 1))}`.slice(0, length),
  (draws, length) => (length < 12 ? "x@y.example" : `${draws.words(Math.min(length - 10, 60))}@x.example`),
  (draws) => draws.words(43),
];

export class Values {
  constructor(schemas, draws) {
    Object.assign(this, { schemas, draws });
  }

  #plain = (schema) => (schema?.$ref ? this.#plain(this.schemas[schema.$ref.split("/").at(-1)]) : schema);

  /** A value that fits `schema`; at a bound of it, if `edge`. */
  valid(schema, edge = false) {
    const { draws } = this;
    const plain = this.#plain(schema);
    if (plain === true || plain.type === undefined && !plain.enum && !plain.const && !plain.oneOf && !plain.anyOf) return draws.one([{}, "x", 1, null, { id: "x", type: "public-key", response: {} }]);
    if (plain.examples && draws.chance(0.7)) return draws.one(plain.examples);
    if (plain.const !== undefined) return plain.const;
    if (plain.enum) return draws.one(plain.enum);
    // What stands beside the choice narrows whatever is chosen.
    const { oneOf, anyOf, ...beside } = plain;
    if (oneOf ?? anyOf) return this.valid({ ...this.#plain(draws.one(oneOf ?? anyOf)), ...beside }, edge);
    const type = Array.isArray(plain.type) ? (draws.chance(0.1) ? "null" : plain.type.find((each) => each !== "null")) : plain.type;
    return this[`_${type}`](plain, edge);
  }

  _null = () => null;
  _boolean = () => this.draws.chance(0.5);

  _integer({ minimum = 0, maximum = 2 ** 31 }, edge) {
    return edge ? this.draws.one([minimum, maximum]) : minimum + this.draws.below(Math.min(maximum - minimum, 1_000) + 1);
  }

  _number({ minimum = 0, maximum = 100 }, edge) {
    return edge ? this.draws.one([minimum, maximum]) : minimum + ((maximum - minimum) * this.draws.below(1_001)) / 1_000;
  }

  _string(schema, edge) {
    const { minLength = 0, maxLength = 2_000, pattern, format } = schema;
    if (format === "uuid") return this.draws.uuid();
    const length = edge ? this.draws.one([minLength, maxLength]) : Math.min(maxLength, minLength + this.draws.below(30));
    const fits = (text) => text.length >= minLength && text.length <= maxLength && new RegExp(pattern ?? "", "u").test(text);
    const text = spellings.map((spell) => spell(this.draws, length)).find(fits);
    if (text === undefined) throw new Error(`no spelling fits ${JSON.stringify(schema)}: add one to tests/support/values.mjs`);
    return text;
  }

  _array({ items, minItems = 0, maxItems = 5, uniqueItems = false }, edge) {
    const length = edge ? this.draws.one([minItems, maxItems]) : Math.min(maxItems, minItems + this.draws.below(3));
    const all = Array.from({ length }, () => this.valid(items));
    return uniqueItems ? [...new Set(all)] : all;
  }

  _object({ properties = {}, required = [] }, edge) {
    const names = Object.keys(properties).filter((name) => required.includes(name) || this.draws.chance(0.5));
    return Object.fromEntries(names.map((name) => [name, this.valid(properties[name], edge && this.draws.chance(0.5))]));
  }

  /** `value` with one thing changed, somewhere in it. */
  mutated(value) {
    const { draws } = this;
    if (value === null || typeof value !== "object" || draws.chance(0.1)) return this.#wrong(value);
    if (Array.isArray(value)) {
      if (!value.length || draws.chance(0.3)) return draws.one([[...value, ...value, this.#wrong(null)], Array.from({ length: 300 }, () => value[0] ?? "x"), {}]);
      const at = draws.below(value.length);
      return value.map((each, index) => (index === at ? this.mutated(each) : each));
    }
    const entries = Object.entries(value);
    const at = draws.below(entries.length + 1);
    if (at === entries.length) return new Fields([...entries, [draws.one(["unknown", "__proto__", "", "\u0000", "constructor", "é".repeat(200)]), this.#wrong(null)]]);
    const [key, field] = entries[at];
    const kind = draws.below(5);
    if (kind === 0) return new Fields(entries.filter((_, index) => index !== at));
    if (kind === 1) return new Fields([...entries, [key, field]]);
    if (kind === 2) return new Fields(entries.map((entry, index) => (index === at ? [key.toUpperCase(), field] : entry)));
    return new Fields(entries.map((entry, index) => (index === at ? [key, this.mutated(field)] : entry)));
  }

  #wrong(value) {
    const text = typeof value === "string" ? value : "x";
    const deep = this.draws.one([63, 64, 65, 5_000]);
    return this.draws.one([
      null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53 + 2, -(2 ** 63), "", " \n\t ", "null", "0", [], {}, [text], { value: text },
      new Raw("1e400"), new Raw("-0"), new Raw("18446744073709551616"), new Raw(`1${"0".repeat(400)}`), new Raw("NaN"), new Raw("01"),
      new Raw(`${"[".repeat(deep)}${"]".repeat(deep)}`), new Raw(`"\\ud800${text}"`), new Raw('"\\udc00\\ud800"'), new Raw('"\\u0000"'), new Raw('"\\x"'), new Raw("'x'"),
      `${text}\u0000`, `\u0001${text}\u007f`, `${text}\u202e\ufeff`, "\u0085", "é".repeat(130), "𝒳".repeat(101), "a".repeat(70_000), `${text}'"; DROP TABLE users; --`, "../../etc/passwd", "<script>", "%00%ff",
    ]);
  }
}
