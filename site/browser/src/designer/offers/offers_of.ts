import type { Table } from "../../tables/shapes.ts";
import type { Designer } from "../designer.ts";
import { callOffer } from "./call_offer.ts";
import type { Offer } from "./offers.ts";
import { callablesOf } from "./server_functions.ts";
import { tableOffer } from "./table_offer.ts";

/// What the toolbox offers beside components, by type.
export function offersOf(
  designer: Designer,
  server: readonly string[],
  tables: readonly Table[],
): ReadonlyMap<string, Offer> {
  const calls = server.flatMap(callablesOf).map((called) => callOffer(designer, called));
  const all = [...calls, ...tables.map((table) => tableOffer(designer, table))];
  return new Map(all.map((offer) => [offer.type, offer]));
}
