// The chat page: joins the composer, the panels and the log of turns.
// One turn is what the resident said with everything that answers it; a late answer stays beside its question.

import { T, botBubble, choiceButtons, el, myBubble, say, thinking, withCalls } from "./bubbles.js";
import { Outbox } from "./outbox.js";
import { setUpPanels } from "./panels.js";
import { shrink } from "./photo.js";
import * as store from "./store.js";

const LIMIT = 2000;
const COUNT_FROM = 1800;
const SLOW_MS = 8000;

const at = (id) => document.getElementById(id);
const log = at("log");
const board = at("turns");
const draft = at("draft");
const send = at("send");
const counter = at("counter");
const status = at("status");

const panels = setUpPanels(draft);
const mouse = matchMedia("(pointer: fine)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let outbox = new Outbox(store.conversation(), changed);
let turns = store.recall();
let photo = null;
let slow = 0;
let page = { demo: false, greeting: T.greeting, starters: [], emergency: "" };

function tell(sentence) {
  status.textContent = "";
  // A screen reader speaks a status only when its text changes.
  requestAnimationFrame(() => (status.textContent = sentence));
}

// --- the log ---------------------------------------------------------------------------------------------------

function show(node, block) {
  node.scrollIntoView({ block, behavior: still.matches ? "auto" : "smooth" });
}

/** Bring a turn into view: whole when it fits, else from where reading begins. */
function reveal(turn) {
  const room = Math.min(log.clientHeight, innerHeight);
  const question = turn.node.querySelector(".me");
  const answer = turn.node.querySelector(".bot:not(.thinking)");
  if (turn.node.offsetHeight <= room) show(turn.node, "end");
  else if (answer && question && question.offsetHeight > room / 3) show(answer, "start");
  else show(turn.node, "start");
}

// A keyboard or a panel that takes room away must not hide the last words from someone who was reading them.
let atEnd = false;
log.addEventListener("scroll", () => (atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 48));
new ResizeObserver(() => atEnd && log.scrollTo(0, log.scrollHeight)).observe(log);

function resend(turn) {
  if (turn.lostPhoto) return el("p", { className: "state failed", textContent: T.failed_photo });
  const button = el("button", { type: "button", className: "state failed", textContent: T.failed });
  button.addEventListener("click", () => {
    board.append(turn.node);
    turns = [...turns.filter((other) => other !== turn), turn];
    outbox.add(turn);
    focusDraft();
  });
  return button;
}

function draw(turn) {
  const parts = [];
  if (!turn.mine) turn.mine = myBubble(turn);
  parts.push(turn.mine);
  if (turn.state === "queued" && outbox.busy) parts.push(el("p", { className: "state", textContent: T.queued }));
  if (turn.state === "failed" && turn.why) parts.push(el("p", { className: "state", textContent: turn.why }));
  if (turn.state === "failed") parts.push(resend(turn));
  if (turn.state === "sending") parts.push(thinking());
  if (turn.state === "sent") parts.push(...turn.replies.map((message) => botBubble(message, tell)));
  if (!turn.node) {
    turn.node = el("div", { className: "turn" });
    board.append(turn.node);
  }
  // Nodes that stay are left in place, so that a screen reader hears only what is new.
  parts.forEach((part, index) => {
    if (turn.node.children[index] !== part) turn.node.insertBefore(part, turn.node.children[index] || null);
  });
  while (turn.node.children.length > parts.length) turn.node.lastElementChild.remove();
}

/** Quick replies belong to the newest answer only, and only while nothing else is on its way. */
function offer() {
  board.querySelectorAll(".turn > .choices").forEach((box) => box.remove());
  const last = turns[turns.length - 1];
  if (!last || last.state !== "sent" || outbox.busy) return;
  const withChoices = last.replies.filter((message) => message.choices && message.choices.length);
  if (withChoices.length) last.node.append(choiceButtons(withChoices[withChoices.length - 1].choices, picked));
}

function changed(turn) {
  draw(turn);
  offer();
  reveal(turn);
  clearTimeout(slow);
  if (turn.state === "sending") {
    tell(T.thinking);
    slow = setTimeout(() => {
      turn.node.querySelector(".thinking-words").textContent = T.thinking_long;
      tell(T.thinking_long);
    }, SLOW_MS);
  }
  if (turn.state === "sent") tell(T.answered);
  if (turn.state === "failed") tell(turn.lostPhoto ? T.failed_photo : T.failed);
  store.keep(turns);
  refresh();
}

function greet() {
  const turn = el("div", { className: "turn" }, botBubble({ text: page.greeting }, tell));
  if (turns.length === 0 && page.starters.length) turn.append(starters());
  board.prepend(turn);
}

function starters() {
  return choiceButtons(page.starters.map((text) => ({ title: text, payload: text })), picked);
}

// --- saying something ------------------------------------------------------------------------------------------

function focusDraft() {
  // On a phone focus would open the keyboard over the answer that is just coming in.
  if (mouse.matches) draft.focus();
}

function speak(turn) {
  const fresh = { id: store.uuid(), text: "", shown: "", state: "queued", replies: [], why: "", ...turn };
  turns.push(fresh);
  panels.close();
  outbox.add(fresh);
  focusDraft();
}

function picked(choice) {
  speak({ text: choice.payload, shown: choice.title });
}

const characters = (text) => (text.length > COUNT_FROM ? Array.from(text).length : text.length);

function sayable() {
  const words = draft.value.trim();
  return (words !== "" || photo !== null) && characters(words) <= LIMIT;
}

function refresh() {
  const length = characters(draft.value.trim());
  counter.hidden = length <= COUNT_FROM;
  counter.classList.toggle("over", length > LIMIT);
  counter.textContent = counter.hidden ? "" : say(length > LIMIT ? "too_long" : "counter", { length, limit: LIMIT });
  send.disabled = outbox.busy || length > LIMIT;
  draft.style.height = "auto";
  draft.style.height = `${draft.scrollHeight + draft.offsetHeight - draft.clientHeight}px`;
}

function hint(sentence) {
  at("hint").hidden = sentence === "";
  at("hint").textContent = sentence;
}

function submit() {
  if (!sayable()) return;
  const words = draft.value.trim();
  const turn = { text: words, shown: words };
  if (photo) Object.assign(turn, { file: photo, shown: words || T.photo });
  draft.value = "";
  dropPhoto();
  hint("");
  speak(turn);
}

at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

draft.addEventListener("input", refresh);

draft.addEventListener("keydown", (event) => {
  // keyCode 229: Safari ends the composition before it reports the Enter that chose the word.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  // While an answer is on its way the button rests, but what is entered waits in the queue.
  submit();
});

// --- photo, place, topics, clearing ------------------------------------------------------------------------------

function dropPhoto() {
  photo = null;
  at("photo").hidden = true;
  at("photo-picture").removeAttribute("src");
  at("file").value = "";
}

at("photo-drop").addEventListener("click", () => {
  dropPhoto();
  draft.focus();
});

at("file").addEventListener("change", async () => {
  const [file] = at("file").files;
  if (!file) return;
  hint("");
  try {
    photo = await shrink(file);
  } catch (unreadable) {
    dropPhoto();
    hint(T.photo_unreadable);
    return;
  }
  at("photo-picture").src = URL.createObjectURL(photo);
  at("photo").hidden = false;
  focusDraft();
});

at("send-place").addEventListener("click", () => {
  // Whoever closes the panel while the phone is still looking has changed their mind.
  const givenUp = () => at("panel-place").hidden;
  const failed = (error) => {
    if (!givenUp()) panels.aboutPlace(error && error.code === 1 ? T.place_refused : T.place_failed, T.understood);
  };
  if (!navigator.geolocation) {
    failed();
    return;
  }
  panels.aboutPlace(T.place_asking, T.place_stop);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      if (givenUp()) return;
      speak({ shown: T.place, place: { latitude: coords.latitude, longitude: coords.longitude } });
    },
    failed,
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
});

at("clear").addEventListener("click", () => {
  outbox.close();
  clearTimeout(slow);
  outbox = new Outbox(store.renew(), changed);
  turns = [];
  board.replaceChildren();
  draft.value = "";
  dropPhoto();
  panels.close();
  greet();
  refresh();
  tell(T.cleared);
  focusDraft();
});

// --- beginning ---------------------------------------------------------------------------------------------------

async function begin() {
  try {
    const response = await fetch("api/web");
    if (response.ok) page = { ...page, ...(await response.json()) };
  } catch (unreachable) {
    // The page still greets and still sends; a failed send can be sent again.
  }
  at("demo").hidden = !page.demo;
  if (page.emergency) at("emergency").replaceChildren(...withCalls(page.emergency, true));
  at("open-topics").hidden = page.starters.length === 0;
  at("topics").replaceWith(Object.assign(starters(), { id: "topics" }));
  greet();
}

document.querySelectorAll("input[name=size]").forEach((radio) => {
  // In the next frame: only then has size.js set the size.
  radio.addEventListener("change", () =>
    requestAnimationFrame(() => {
      refresh();
      if (turns.length) reveal(turns[turns.length - 1]);
    }),
  );
});

turns.forEach(draw);
offer();
refresh();
begin().then(() => {
  if (turns.length) show(turns[turns.length - 1].node, "end");
});
