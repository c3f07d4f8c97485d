// The small panels (type size, clearing, topics, place): one open at a time, Escape closes it.
// They push the page aside instead of covering it, so the emergency line stays in sight.

import { T } from "./bubbles.js";

/** Wire every button with aria-controls; `home` gets the focus when the opener is gone. Returns {close, aboutPlace}. */
export function setUpPanels(home) {
  let opener = null;
  const why = document.getElementById("place-why");
  const explanation = why.textContent;
  const send = document.getElementById("send-place");
  const stop = document.getElementById("place-close");

  function panelOf(button) {
    return document.getElementById(button.getAttribute("aria-controls"));
  }

  function close(giveBackFocus = false) {
    if (!opener) return;
    const panel = panelOf(opener);
    const button = opener;
    const held = panel.contains(document.activeElement);
    opener = null;
    panel.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (giveBackFocus || held) (button.hidden ? home : button).focus({ preventScroll: true });
  }

  function open(button) {
    close();
    opener = button;
    const panel = panelOf(button);
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    const first = panel.querySelector("input:checked, button");
    if (first) first.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
  }

  /** Say something in the place panel instead of its question: asking, refused, not found. */
  function aboutPlace(sentence, closing) {
    why.textContent = sentence;
    stop.textContent = closing;
    if (document.activeElement === send) stop.focus();
    send.hidden = true;
  }

  document.querySelectorAll("button[aria-controls]").forEach((button) => {
    button.addEventListener("click", () => {
      if (opener === button) {
        close(true);
        return;
      }
      why.textContent = explanation;
      stop.textContent = T.place_stop;
      send.hidden = false;
      open(button);
    });
  });
  document.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", () => close(true)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opener && !event.isComposing) close(true);
  });
  return { close, aboutPlace };
}
