import { booksCases } from "../support/books.conformance.ts";
import { describeOnEachStore } from "../support/store-place.ts";

describeOnEachStore("the books of processes", (openPlace) => booksCases(openPlace));
