// The page around the verifier. Everything it shows comes from files that the reader
// drops on it; nothing leaves the machine, and the page's content policy would not let it.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const state = { lang: "zh-CN", texts: {}, trust: null, refreshes: [], certificates: [] };

  const make = (name, attributes, ...children) => {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const say = (key) => state.texts[key] ?? key;
  const pick = (t) => (state.lang === "zh-CN" ? t.zh : t.en);
  const at = (iso) => iso.replace("T", " ").replace(/Z$/, " UTC");

  async function start() {
    if (typeof DecompressionStream === "undefined" || typeof WebAssembly === "undefined") throw new Error("browser");
    const packed = Uint8Array.from(atob($("wasm").textContent.trim()), (c) => c.charCodeAt(0));
    const unpacked = new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")));
    const go = new Go();
    const { instance } = await WebAssembly.instantiate(await unpacked.arrayBuffer(), go.importObject);
    go.run(instance);
    if (!globalThis.riviera) throw new Error("verifier");
  }

  function speak(lang) {
    state.lang = lang;
    state.texts = JSON.parse(riviera.texts(lang));
    document.documentElement.lang = lang;
    for (const e of document.querySelectorAll("[data-text]")) e.textContent = say(e.dataset.text);
    $("language").textContent = lang === "zh-CN" ? "English" : "中文";
    $("language").lang = lang === "zh-CN" ? "en" : "zh-CN";
    document.title = "Riviera · " + say("title");
    show();
  }

  const trouble = (text) => {
    $("trouble").textContent = text;
    $("trouble").hidden = text === "";
  };

  // judge verifies one certificate: as it is, and if that does not pass, with each refresh.
  function judge(bytes) {
    let last;
    for (const refresh of [null, ...state.refreshes]) {
      last = JSON.parse(riviera.verify(bytes, state.trust, refresh, $("status").checked, Date.now()));
      if (last.broken || last.report.verdict !== "INDETERMINATE") break;
    }
    return last;
  }

  async function take(files) {
    trouble("");
    for (const file of files) {
      if (file.size > 32 << 20) {
        trouble(say("too-large") + " " + file.name);
        continue;
      }
      const bytes = new Uint8Array(await file.arrayBuffer());
      const kind = riviera.kind(bytes);
      if (kind === "trust" || kind === "refresh") {
        const probe = JSON.parse(riviera.verify(new Uint8Array(), kind === "trust" ? bytes : null, kind === "refresh" ? bytes : null, false, Date.now()));
        if (probe.broken) trouble(say("broken." + probe.broken) + " " + file.name);
        else if (kind === "trust") state.trust = bytes;
        else state.refreshes.push(bytes);
      } else {
        state.certificates.unshift({ name: file.name, bytes });
      }
    }
    show();
  }

  function show() {
    showTrust();
    $("results").replaceChildren(...state.certificates.map(({ name, bytes }) => result(name, judge(bytes))));
  }

  function showTrust() {
    const box = $("trust");
    const { trust } = JSON.parse(riviera.verify(new Uint8Array(), state.trust, null, false, Date.now()));
    box.className = "trust" + (trust ? (trust.old ? " old" : " here") : "");
    if (!trust) {
      box.replaceChildren(make("p", {}, say("trust.none")));
      return;
    }
    box.replaceChildren(
      make("p", {}, make("strong", {}, say("trust.here") + " " + trust.network)),
      make("p", { class: "quiet" }, say("trust.until") + " " + at(trust.issued_at) + " · " + say("trust.height") + " " + trust.height + (trust.old ? " · " + say("trust.old") : "")),
      make("p", { class: "quiet" }, say("trust.genesis") + " ", make("code", {}, trust.genesis)));
    if (state.refreshes.length) box.append(make("p", { class: "quiet" }, say("refresh.here") + " " + state.refreshes.length));
  }

  const mark = { TOTAL_PASSED: "✓", TOTAL_FAILED: "✗", INDETERMINATE: "?" };

  function finding(name, f) {
    return make("li", { class: f.verdict }, make("span", { class: "mark", "aria-hidden": "true" }, mark[f.verdict]), make("b", {}, name), make("span", {}, pick(f.text)));
  }

  function result(name, out) {
    const r = out.report;
    const box = make("article", { class: "verdict " + r.verdict, "data-verdict": r.verdict, "data-reason": r.reason ?? "" });
    box.append(make("p", { class: "file" }, name));
    box.append(make("h2", {}, mark[r.verdict] + " " + say("verdict." + r.verdict)));
    if (r.training_day) box.append(make("p", { class: "training" }, say("training")));
    box.append(make("p", {}, pick(r.text)), make("p", { class: "next" }, pick(r.next)));
    if (out.facts?.length) {
      const list = make("dl", {});
      for (const f of out.facts) list.append(make("dt", {}, pick(f.label)), make("dd", {}, pick(f.value)));
      box.append(list);
    }
    const state_ = { standing: "TOTAL_PASSED", reversed: "TOTAL_FAILED" }[r.status.state] ?? "INDETERMINATE";
    box.append(make("ul", { class: "findings" }, finding(say("integrity"), r.integrity), finding(say("issuer"), r.issuer),
      finding(say("ledger"), r.ledger), finding(say("status"), { verdict: state_, text: r.status.text })));
    const details = [];
    if (r.support) details.push(say("signers") + " " + r.support.signers + " / " + r.support.validators + " · " + say("block") + " " + r.support.height);
    if (r.status.reversed) details.push(pick(r.status.reversed.by) + " · " + r.status.reversed.decided_on);
    if (r.timestamp) details.push(say("timestamp") + " " + at(r.timestamp.time) + " · " + r.timestamp.authority + " · " + pick(r.timestamp.text));
    if (r.parallel) details.push("SM2 · " + pick(r.parallel.text));
    details.push(r.verdict + (r.sub_indication ? " · " + r.sub_indication : "") + (r.reason ? " · " + r.reason : ""));
    for (const line of details) box.append(make("p", { class: "quiet" }, line));
    const save = make("button", { type: "button", class: "plain" }, say("save"));
    save.addEventListener("click", () => {
      const url = URL.createObjectURL(new Blob([JSON.stringify(r, null, 2) + "\n"], { type: "application/json" }));
      make("a", { href: url, download: "report.json" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
    box.append(make("p", {}, save));
    return box;
  }

  function listen() {
    $("files").addEventListener("change", (e) => { take([...e.target.files]); e.target.value = ""; });
    $("status").addEventListener("change", show);
    $("language").addEventListener("click", () => speak(state.lang === "zh-CN" ? "en" : "zh-CN"));
    const over = (on) => (e) => { e.preventDefault(); $("drop").classList.toggle("over", on); };
    addEventListener("dragover", over(true));
    addEventListener("dragleave", over(false));
    addEventListener("drop", (e) => { over(false)(e); take([...e.dataTransfer.files]); });
  }

  start().then(() => {
    $("desk").hidden = false;
    listen();
    speak((navigator.language ?? "zh").toLowerCase().startsWith("zh") ? "zh-CN" : "en");
    document.documentElement.dataset.ready = "true";
  }).catch(() => trouble("此浏览器无法运行核验程序，请更新浏览器，或使用命令 riviera certificate verify。 This browser cannot run the verifier: use a newer one, or the command riviera certificate verify."));
})();
