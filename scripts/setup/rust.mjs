// The Rust tools: the pinned toolchain with its wasm target, worker-build and wasm-bindgen.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { at, cacheDir, root } from "./places.mjs";
import { Failure, run, step } from "./steps.mjs";

const WORKER_BUILD = "0.8.7"; // the version of the `worker` crate in Cargo.toml
const WASM_BINDGEN = "0.2.130"; // exactly that of the wasm-bindgen crate: the two speak a private language

const toolDir = (name, version) => join(cacheDir, "tools", `${name}-${version}`);
export const workerBuild = join(toolDir("worker-build", WORKER_BUILD), "bin", "worker-build");
export const wasmBindgen = join(toolDir("wasm-bindgen-cli", WASM_BINDGEN), "bin", "wasm-bindgen");
export const toolVersions = `worker-build ${WORKER_BUILD}, wasm-bindgen ${WASM_BINDGEN}`;

const toolchainFile = () => readFileSync(at("rust-toolchain.toml"), "utf8");
export const channel = () => /channel\s*=\s*"([^"]+)"/.exec(toolchainFile())[1];
const WASM = "wasm32-unknown-unknown";

const ask = (command, ...args) => {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim() : undefined;
};
const complete = (sysroot) =>
  sysroot && existsSync(join(sysroot, "lib", "rustlib", WASM, "lib")) && ["rustfmt", "cargo-clippy"].every((tool) => existsSync(join(sysroot, "bin", tool)));

async function setUpToolchain() {
  const cargoBin = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  if (!process.env.PATH.split(delimiter).includes(cargoBin)) process.env.PATH += delimiter + cargoBin; // fresh from rustup, in an old shell
  const rustup = ask("rustup", "--version") !== undefined;
  if (!rustup && !ask("cargo", "--version")) {
    throw new Failure("Rust is not installed: get rustup from https://rustup.rs, open a new shell and start again.");
  }
  if (complete(ask("rustc", "--print", "sysroot"))) return;
  if (!rustup) throw new Failure(`This Rust has no ${WASM} target, clippy or rustfmt: get rustup from https://rustup.rs, it brings them.`);
  // The very version under its other name saves a download.
  const stable = ask("rustc", "+stable", "--version")?.split(" ")[1];
  if (stable === channel() && complete(ask("rustc", "+stable", "--print", "sysroot"))) {
    process.env.RUSTUP_TOOLCHAIN = "stable";
    return;
  }
  await step(`Installing Rust ${channel()} with its wasm target`, "about 1 min, 350 MB", () =>
    run("rustup", ["toolchain", "install", channel(), "--profile", "minimal", "-c", "rustfmt", "-c", "clippy", "-t", WASM, "--no-self-update"], {
      failure: `Rust ${channel()} cannot be installed.`,
    }),
  );
}

/** Compiles a tool from the Rust registry, quickly rather than well: it runs for a second at a time. */
async function compile(name, version, ...flags) {
  const target = join(cacheDir, "tools", `target-${process.pid}`);
  const quick = ["opt-level=1", "lto=false", "codegen-units=16"].flatMap((setting) => ["--config", `profile.release.${setting}`]);
  try {
    const args = ["install", name, "--version", version, ...flags, "--root", toolDir(name, version), "--target-dir", target, ...quick];
    await run("cargo", args, { failure: `${name} ${version} cannot be built.` });
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

const PREBUILT = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};

/** The project's own binary, where it can be downloaded; `false` where not. */
async function downloadWasmBindgen() {
  const target = PREBUILT[`${process.platform}-${process.arch}`];
  const name = `wasm-bindgen-${WASM_BINDGEN}-${target}`;
  const unpacked = join(cacheDir, "tools", `unpack-${process.pid}`);
  try {
    const url = `https://github.com/wasm-bindgen/wasm-bindgen/releases/download/${WASM_BINDGEN}/${name}.tar.gz`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (!target || !answer.ok) return false;
    mkdirSync(unpacked, { recursive: true });
    writeFileSync(join(unpacked, "it.tar.gz"), Buffer.from(await answer.arrayBuffer()));
    await run("tar", ["-xzf", "it.tar.gz"], { cwd: unpacked });
    const made = join(unpacked, name, "wasm-bindgen");
    chmodSync(made, 0o755);
    if (ask(made, "--version") !== `wasm-bindgen ${WASM_BINDGEN}`) return false;
    mkdirSync(join(toolDir("wasm-bindgen-cli", WASM_BINDGEN), "bin"), { recursive: true });
    renameSync(made, wasmBindgen);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

export async function setUpRust() {
  await setUpToolchain();
  mkdirSync(join(cacheDir, "tools"), { recursive: true });
  if (!existsSync(wasmBindgen)) {
    await step(`Getting wasm-bindgen ${WASM_BINDGEN}`, "a few seconds, or 3 min where it must be compiled", async () => {
      // Not --locked: its lock file names a release that not every mirror of the registry has.
      if (!(await downloadWasmBindgen())) await compile("wasm-bindgen-cli", WASM_BINDGEN);
    });
  }
  if (!existsSync(workerBuild)) {
    await step(`Compiling worker-build ${WORKER_BUILD}`, "about 3 min, once for this machine", () => compile("worker-build", WORKER_BUILD, "--locked"));
  }
}
