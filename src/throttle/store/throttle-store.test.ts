import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { throttleStoreConformance } from "./throttle-store.conformance.ts";

describeOnEachStore("the throttle's side in a store", throttleStoreConformance);
