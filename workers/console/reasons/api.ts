/** Calls about reasons. */
import { setUpCalls } from "../set-up/thing-calls.ts";
import { newReason, reasonAnswer, reasonChange, reasonList } from "./fields.ts";
import { changeReason, createReason, listReasons, readReason } from "./store.ts";

export const reasonCalls = setUpCalls({
  path: "/api/reasons",
  one: "a reason for rejecting conversions",
  many: "reasons for rejecting conversions",
  changeSummary: "Change a reason for rejecting conversions",
  newOne: newReason,
  change: reasonChange,
  query: reasonList,
  answer: reasonAnswer,
  savedAnswer: reasonAnswer,
  create: createReason,
  read: readReason,
  list: listReasons,
  save: changeReason,
});
