// What makes the workplace more comfortable. Every page works without it.
"use strict";

// After a refused form the summary of errors is where reading goes on.
document.addEventListener("DOMContentLoaded", () => {
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
});
