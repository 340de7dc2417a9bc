const inputs = [...document.querySelectorAll("input[data-cents]")];

function showTotal() {
  const cents = inputs.reduce((sum, input) => sum + Number(input.value) * Number(input.dataset.cents), 0);
  document.querySelector("#sum").textContent = `$${(cents / 100).toFixed(2)}`;
}

for (const input of inputs) input.addEventListener("input", showTotal);
document.querySelector(".pay").addEventListener("click", () => {
  document.querySelector("#message").textContent = "Thank you. Your coffee is on its way.";
});
showTotal();
