/** The roles as forms offer them, each with what it means. */
import { options } from "../set-up/form-field.ts";

export const ROLE_OPTIONS = options(
  ["analyst", "analyst: reads everything"],
  ["finance", "finance: reads everything, and how affiliates are paid; makes statements"],
  ["manager", "manager: reads everything, sets up and reviews; no secrets, no payments"],
  ["admin", "admin: reads and changes everything"],
  ["advertiser", "advertiser: reads what is its own"],
  ["affiliate", "affiliate: reads what is its own"],
);
