// What is spoken goes behind what is written, and hands have the last word.
import { describe, expect, it } from "vitest";
import { Spoken } from "../src/chat/dictation";

describe("Spoken", () => {
  it("writes behind the text, and again as the browser hears better", () => {
    const spoken = new Spoken("Dear Ann,");
    expect(spoken.heard("Dear Ann,", ["hello"], 0)).toBe("Dear Ann, hello");
    expect(spoken.heard("Dear Ann, hello", ["hello world"], 0)).toBe("Dear Ann, hello world");
    expect(spoken.heard("Dear Ann, hello world", ["hello world", " how are"], 1)).toBe("Dear Ann, hello world how are");
  });

  it("puts no space where there is one, or nothing was written", () => {
    expect(new Spoken("").heard("", [" hello"], 0)).toBe("hello");
    expect(new Spoken("a\n").heard("a\n", ["b"], 0)).toBe("a\nb");
    expect(new Spoken("a").heard("a", [""], 0)).toBe("a");
  });

  it("leaves what somebody changes by hand as it is", () => {
    const spoken = new Spoken("");
    expect(spoken.heard("", ["helo word"], 0)).toBe("helo word");
    expect(spoken.heard("Hello world.", ["helo word", " how"], 1)).toBe("Hello world. how");
    expect(spoken.heard("Hello world. how", ["helo word", " how are you"], 1)).toBe("Hello world. how are you");
  });
});
