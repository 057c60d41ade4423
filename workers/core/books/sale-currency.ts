/**
 * In which currency a sale is told, and what a message in another one says in that. A sale keeps the currency in which it was told first and the rate of that message's
 * day of receipt: by when it was received nobody chooses a better one, and a replay comes to the same. So what is given back in that currency is booked at the sale's
 * rate. What is told in the offer's currency is turned into the sale's by the sale's rate; what is told in a third one into the offer's by the rate of its own day before.
 */
import { MAX_AMOUNT_MICROS } from "../money.ts";
import { bookedMicros, unbookedMicros } from "../rates/exchange.ts";
import { exchangeOf, saysTooMuch, WRONG_CURRENCY, type WrongCurrency } from "./booked-sale.ts";
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";

/**
 * The conversion with the currency that the message tells it in, if it has said none with a sum so far: that of a first sum, or of the first that its sender tells where
 * an operator has confirmed what anyone said.
 */
export function toldIn(conversion: Conversion, { content, rates, correction, terms }: Command): Conversion {
  const { currency, amountMicros, revenueMicros, status } = content;
  const saysSums = amountMicros !== undefined || revenueMicros !== undefined;
  const isOpen = conversion.exchange === null && saysNothing(conversion);
  if (!isOpen || currency === undefined || correction || !saysSums || status === "reversed") return conversion;
  const exchange = exchangeOf({ content, rates }, conversion.click.currency, terms ?? conversion.terms);
  return exchange === WRONG_CURRENCY ? conversion : { ...conversion, exchange };
}

function saysNothing({ amountMicros, postedRevenueMicros, refunds, refundedTotal }: Conversion): boolean {
  return amountMicros === 0 && postedRevenueMicros === 0 && refunds.length === 0 && refundedTotal === null;
}

/**
 * What a message says in the currency of the sale that it met. One that names no currency means that of the sale, an operator's correction the offer's. Refused where the
 * offer takes no other, no rate is known, or more would be sold than an amount may be.
 */
export function inSaleCurrency(conversion: Conversion, command: Command): Command | WrongCurrency {
  const { exchange, click } = conversion;
  const { content, correction, terms } = command;
  const isRefund = content.status === "reversed";
  const own = exchange?.currency ?? click.currency;
  const currency = content.currency ?? (correction ? click.currency : own);
  if (currency === own) return !isRefund && saysTooMuch(content, exchange) ? WRONG_CURRENCY : command;
  const third = currency === click.currency ? null : exchangeOf(command, click.currency, terms ?? conversion.terms);
  if (third === WRONG_CURRENCY || (!isRefund && saysTooMuch(content, third))) return WRONG_CURRENCY;
  const turn = isRefund ? givenBackIn : soldIn;
  const turned = (name: "amountMicros" | "refundedTotalMicros" | "revenueMicros") => {
    const micros = content[name];
    return micros === undefined ? {} : { [name]: turn(conversion, bookedMicros(micros, third), name) };
  };
  return {
    ...command,
    content: { ...content, ...turned("amountMicros"), ...turned("refundedTotalMicros"), ...turned("revenueMicros") },
  };
}

/** Booked micros in the sale's currency. What says again what is booked changes nothing. */
function soldIn(conversion: Conversion, micros: number, name: string): number {
  const { exchange, amountMicros, postedRevenueMicros } = conversion;
  if (!exchange) return micros;
  const told = name === "revenueMicros" ? postedRevenueMicros : amountMicros;
  return micros === bookedMicros(told, exchange) ? told : unbookedMicros(micros, exchange, "nearest");
}

/** The same of what is given back: up to what was sold it is no more than that. */
function givenBackIn({ exchange, amountMicros }: Conversion, micros: number): number {
  if (!exchange) return Math.min(micros, MAX_AMOUNT_MICROS);
  const given = unbookedMicros(micros, exchange, "up");
  return micros <= bookedMicros(amountMicros, exchange) ? Math.min(given, amountMicros) : given;
}
