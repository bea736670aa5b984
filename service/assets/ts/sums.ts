// Sums while somebody types, in whole numbers of a millionth of 万元: no floating point. The server's figures follow.
const PLACES = 6;
const NUMBER = /^(-?)(0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,6}))?$/;

/** The amount in a cell, null for a blank or for text that is none. Full-width digits are digits. */
export function amount(text: string): bigint | null {
  const plain = text.replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0)).trim();
  const match = NUMBER.exec(plain);
  if (match === null) return null;
  const units = BigInt((match[2] ?? "0").replace(/,/g, "") + (match[3] ?? "").padEnd(PLACES, "0"));
  return match[1] === "-" ? -units : units;
}

/** Two places, half up, thousands separated; `--` for what is not known. */
export function shown(units: bigint | null): string {
  if (units === null) return "--";
  const negative = units < BigInt(0);
  const cents = ((negative ? -units : units) + BigInt(5000)) / BigInt(10000);
  const whole = (cents / BigInt(100)).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${negative ? "-" : ""}${whole}.${(cents % BigInt(100)).toString().padStart(2, "0")}`;
}

function total(amounts: (bigint | null)[]): bigint | null {
  return amounts.reduce<bigint | null>((sum, one) => (sum === null || one === null ? null : sum + one), BigInt(0));
}

function cell(id: string): string {
  const found = document.getElementById(id);
  return found instanceof HTMLInputElement ? found.value : "";
}

function column(section: string): bigint | null {
  const rows = [...document.querySelectorAll<HTMLTableRowElement>(`#sec-${section} tbody tr[id^="r-"]`)];
  const filled = rows.filter((row) => [...row.querySelectorAll<HTMLInputElement>(".cell")].some((one) => one.value.trim()));
  return total(filled.map((row) => amount(row.querySelector<HTMLInputElement>('[name$=".planned_amount"]')?.value ?? "")));
}

function put(id: string, units: bigint | null): void {
  const place = document.getElementById(id);
  const text = shown(units);
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/** Draw the sums of the page anew. */
export function recompute(): void {
  if (document.getElementById("sum-spending") === null) return;
  const money = (name: string): bigint | null => amount(cell(`c-budget-${name}`));
  const other = cell("c-budget-other_funds").trim() ? money("other_funds") : BigInt(0);
  put("sum-spending", total([money("basic_expenditure"), money("project_expenditure")]));
  put("sum-income", total([money("fiscal_appropriation"), other]));
  put("sub-key_tasks", column("key_tasks"));
  put("sub-other_tasks", column("other_tasks"));
}
