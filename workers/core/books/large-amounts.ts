/** What is a large sale in a currency: what an ordinary shop sells seldom, so that an operator looks at it. It needs no rates, only their order of magnitude. */
import { MICROS_PER_UNIT } from "../money.ts";

/** In units, where nothing else is said: about 10,000 US dollars. */
const LARGE_UNITS = 10_000;

/** How many units make about what one makes in dollars, in powers of ten. */
const UNITS_A_DOLLAR: readonly (readonly [units: number, currencies: string])[] = [
  [
    10,
    "BOB BRL BWP CNY CZK DKK EGP ERN GTQ HKD HNL MAD MDL MOP MUR MVR MXN MYR MZN NAD NOK PEN PLN RON SAR SEK SRD TJS TTD TWD UAH UYU ZAR ZMW",
  ],
  [
    100,
    "AFN ALL AMD BDT BTN CVE DJF DOP DZD ETB GMD GYD HTG HUF INR ISK JMD JPY KES KGS KZT LKR LRD MKD NPR NIO PHP PKR RSD RUB SCR SDG SSP THB TRY VUV YER ZWL",
  ],
  [1_000, "ARS AOA BIF CDF CLP COP CRC IQD KMF KRW MGA MMK MNT MWK MRU NGN RWF SOS SYP TZS UGX XAF XOF XPF"],
  [10_000, "GNF IDR KHR LAK LBP PYG SLL STD UZS VND VES IRR"],
];

const UNITS = new Map(
  UNITS_A_DOLLAR.flatMap(([units, currencies]) => currencies.split(" ").map((currency) => [currency, units] as const)),
);

/** The amount in micros above which a sale in `currency` (ISO 4217) is held for an operator, where the offer says nothing else. */
export function largeAmountMicros(currency: string): number {
  return LARGE_UNITS * (UNITS.get(currency) ?? 1) * MICROS_PER_UNIT;
}
