// Type size: A / A+ / A++, remembered on this device.
// Loaded before the body so that the page never flashes in the wrong size.
"use strict";
(function () {
  var KEY = "minzheng.size";
  var root = document.documentElement;

  function remembered() {
    try {
      return localStorage.getItem(KEY) || "a";
    } catch (blocked) {
      return "a";
    }
  }

  root.dataset.size = remembered();

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("input[name=size]").forEach(function (radio) {
      radio.checked = radio.value === root.dataset.size;
      radio.addEventListener("change", function () {
        root.dataset.size = radio.value;
        try {
          localStorage.setItem(KEY, radio.value);
        } catch (blocked) {
          // The size still holds until the page is closed.
        }
      });
    });
  });
})();
