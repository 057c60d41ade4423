/** ClickBank: the Instant Notification Service, version 6 and later, https://support.clickbank.com/. */
import type { SourceCondition, SourceTable } from "../source-table.ts";

const of = (...types: string[]): SourceCondition => ({ at: "transactionType", is: types });
const NAMED_BY_TIME = ["receipt", "transactionType", "transactionTime"];

export const clickbank: SourceTable = {
  label: "ClickBank",
  body: "json",
  proof: { scheme: "clickbank" },
  answers: {},
  event: "transactionType",
  message: { join: NAMED_BY_TIME },
  test: [of("TEST", "TEST_SALE", "TEST_BILL", "TEST_RFND", "TEST_CGBK")],
  unit: "major",
  bases: {
    total: { label: "with tax and shipping", parts: { sale: "totalOrderAmount" } },
    without_tax: {
      label: "without tax",
      parts: { sale: { plus: ["totalOrderAmount"], minus: ["totalTaxAmount"] } },
    },
    net: {
      label: "without tax and shipping",
      parts: { sale: { plus: ["totalOrderAmount"], minus: ["totalTaxAmount", "totalShippingAmount"] } },
    },
    account: { label: "what ClickBank credits to the account", parts: { sale: "totalAccountAmount" } },
  },
  fields: {
    txid: "receipt",
    currency: "currency",
    occurred_at: "transactionTime",
    click_id: [{ member: "vendorVariables" }, "trackingCodes[]"],
  },
  rules: [
    { when: [of("SALE", "TEST_SALE")], says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }] },
    { when: [of("BILL", "TEST_BILL")], says: [{ event: "renewal", status: "approved", amount: { basis: "sale" } }] },
    {
      when: [of("RFND", "TEST_RFND"), { at: "totalOrderAmount", zero: false }],
      says: [{ status: "reversed", refund_id: { join: NAMED_BY_TIME }, amount: { basis: "sale" } }],
    },
    {
      when: [of("CGBK", "TEST_CGBK"), { at: "totalOrderAmount", zero: false }],
      says: [
        {
          status: "reversed",
          refund_id: { join: [{ text: "chargeback" }, "receipt"] },
          amount: { basis: "sale" },
        },
      ],
    },
    { when: [of("RFND", "TEST_RFND", "CGBK", "TEST_CGBK")], says: [{ status: "reversed" }] },
  ],
};
