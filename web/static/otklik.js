// What makes the workplace more comfortable. Every page works without it.
"use strict";

// After a refused form the summary of errors is where reading goes on.
document.addEventListener("DOMContentLoaded", () => {
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
});

// A sheet for the applicant.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
