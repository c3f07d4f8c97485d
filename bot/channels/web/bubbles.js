// Draws turns: words, telephone links, sources, receipts. Everything said goes in as text, never as markup.
// The sentences shown here are in index.html (script#texts).

export const T = JSON.parse(document.getElementById("texts").textContent);

const EMERGENCY = new Set(["110", "120", "119"]);
const HOTLINES = new Set(["12345", "12356"]);

/** A sentence of the texts with its {places} filled in. */
export function say(key, values = {}) {
  return T[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** An element with properties and children; strings become text nodes. */
export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * Whether a run of digits is a number to call. In ordinary answers 110 may be an amount,
 * so there it must follow 打 or 拨; a safety line or a notice speaks of nothing but help.
 */
function callable(number, before, urgent) {
  if (number.includes("-") || HOTLINES.has(number)) return true;
  return EMERGENCY.has(number) && (urgent || /[打拨]\s*$/.test(before));
}

/** Text with tap-to-call links, as a list of nodes. */
export function withCalls(text, urgent) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(/0\d{2,3}-\d{7,8}|\d+/g)) {
    const [number] = found;
    if (!callable(number, text.slice(0, found.index), urgent)) continue;
    const link = el("a", { href: `tel:${number}`, className: "call", textContent: number });
    const end = found.index + number.length;
    // A sign after the number stays on its line.
    const [sign] = text.slice(end).match(/^[，。；、：！？）]/) ?? [""];
    nodes.push(text.slice(from, found.index), sign ? el("span", { className: "whole" }, link, sign) : link);
    from = end + sign.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

/** Lines of text as paragraphs; a line that begins with a dot becomes a point, an empty one parts them. */
function paragraphs(text, urgent) {
  const box = el("div", { className: "words" });
  let gap = false;
  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      gap = true;
      continue;
    }
    const point = /^\s*[·•]\s*/;
    const names = [point.test(line) ? "point" : "", gap ? "apart" : ""].join(" ").trim();
    box.append(el("p", { className: names }, ...withCalls(line.replace(point, ""), urgent)));
    gap = false;
  }
  return box;
}

function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  return say("date", { year, month, day: date });
}

function citation(source) {
  const bare = source.document === "demo" || source.title.startsWith("《");
  const parts = [bare ? source.title : `《${source.title}》`, source.article || ""];
  const notes = [
    source.number || "",
    source.effective_from ? say("since", { date: day(source.effective_from) }) : "",
    T[`check_${source.confidence}`] || "",
  ].filter(Boolean);
  return el("li", {}, parts.join(""), notes.length ? el("span", { className: "note", textContent: notes.join("，") }) : null);
}

function amount(row) {
  const notes = [row.effective_from ? say("numbers_since", { date: day(row.effective_from) }) : "", row.source || ""];
  const badge = row.demo ? el("span", { className: "badge", textContent: T.demo }) : null;
  const line = el("li", {}, `${row.name}：${row.value}${row.unit || ""} `, badge);
  line.append(el("span", { className: "note", textContent: notes.filter(Boolean).join("，") }));
  return line;
}

function fold(name, title, ...inside) {
  return el("details", { className: name }, el("summary", { textContent: title }), el("div", { className: "inside" }, ...inside));
}

function sources(answer) {
  const inside = [];
  if (answer.citations.length) inside.push(el("ul", {}, ...answer.citations.map(citation)));
  if (answer.amounts.length) {
    inside.push(el("p", { className: "inside-title", textContent: T.numbers }), el("ul", {}, ...answer.amounts.map(amount)));
  }
  return inside.length ? fold("basis", T.basis, ...inside) : null;
}

async function copy(number, node, button, tell) {
  let done = true;
  try {
    await navigator.clipboard.writeText(number);
  } catch (notAllowed) {
    // Plain http and old WebViews have no clipboard: mark the number, and copy the old way if that works.
    getSelection().selectAllChildren(node);
    done = document.execCommand("copy");
  }
  button.textContent = done ? T.copied : T.copy_by_hand;
  tell(button.textContent);
  setTimeout(() => (button.textContent = T.copy), 4000);
}

function receipt(number, tell) {
  const shown = el("output", { className: "number", textContent: number });
  const button = el("button", { type: "button", className: "plain", textContent: T.copy });
  button.addEventListener("click", () => copy(number, shown, button, tell));
  return el(
    "div",
    { className: "receipt" },
    el("p", { className: "receipt-title", textContent: T.receipt }),
    shown,
    button,
    el("p", { className: "note", textContent: T.receipt_keep }),
  );
}

function isDemo(answer) {
  return Boolean(answer.demo) || answer.amounts.some((row) => row.demo);
}

/** One bubble of the assistant. `tell(sentence)` is read out by a screen reader. */
export function botBubble(message, tell) {
  const kind = ["safety", "notice"].includes(message.kind) ? message.kind : "reply";
  const bubble = el("article", { className: `bubble bot ${kind}` });
  if (kind === "safety") bubble.setAttribute("role", "alert");
  bubble.append(el("span", { className: "visually-hidden", textContent: T.bot }));
  const answer = message.answer && { ...message.answer };
  if (!answer) {
    bubble.append(paragraphs(message.text, kind !== "reply"));
  } else {
    answer.citations = answer.citations || [];
    answer.amounts = answer.amounts || [];
    if (isDemo(answer)) bubble.append(el("span", { className: "badge", textContent: T.demo }));
    // The answer's own line of sources is for channels that cannot fold; here the fold says it in full.
    const lines = message.text.split("\n");
    const body = answer.citations.length ? lines.filter((line) => !line.startsWith(T.basis_line)) : lines;
    bubble.append(paragraphs(body.join("\n"), kind !== "reply"));
    if (answer.more) bubble.append(fold("more", T.more, paragraphs(answer.more, false)));
  }
  if (message.receipt) bubble.append(receipt(message.receipt, tell));
  const basis = answer ? sources(answer) : null;
  if (basis) bubble.append(basis);
  return bubble;
}

/** What the resident said, as shown; with its picture while this page has it. */
export function myBubble(turn) {
  const bubble = el("article", { className: "bubble me" });
  bubble.append(el("span", { className: "visually-hidden", textContent: T.me }));
  if (turn.file) {
    bubble.append(el("img", { src: URL.createObjectURL(turn.file), alt: T.photo_alt }));
  }
  if (turn.shown && !(turn.file && turn.shown === T.photo)) bubble.append(el("p", { className: "said", textContent: turn.shown }));
  return bubble;
}

/** Quick replies; `pick(choice)` is called once for a tap, a double tap counts as one. */
export function choiceButtons(choices, pick) {
  const box = el("div", { className: "choices" });
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", T.choices);
  for (const choice of choices) {
    const button = el("button", { type: "button", className: "choice", textContent: choice.title });
    button.addEventListener("click", (event) => {
      // The second half of a double tap may land on a choice that has just appeared under the finger.
      if (event.detail > 1) return;
      pick(choice);
    });
    box.append(button);
  }
  return box;
}

/** The three dots of an assistant that is looking something up. */
export function thinking() {
  const words = el("span", { className: "thinking-words", textContent: T.thinking });
  const dots = el("span", { className: "dots" }, el("i"), el("i"), el("i"));
  dots.setAttribute("aria-hidden", "true");
  return el("div", { className: "bubble bot thinking" }, words, dots);
}
