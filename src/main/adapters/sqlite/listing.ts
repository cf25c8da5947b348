import type { ListingJournal, Sealer } from '../../engine/ports/journal.ts'
import type { Connection } from './connection.ts'
import { INSERT_LISTED, listedValues } from './listedRows.ts'
import { writeMeta } from './metaRows.ts'
import { placedPage } from './reading.ts'
import { LISTED_COLUMNS, toListed } from './rows.ts'

export function createListing(connection: Connection, sealer: Sealer): ListingJournal {
  return {
    beginListing() {
      connection.transaction(() => {
        connection.exec('DROP INDEX IF EXISTS listing_place; DELETE FROM listing;')
        writeMeta(connection, { listing: undefined })
      })
    },
    addListed(items) {
      const insert = connection.statement(INSERT_LISTED)
      connection.transaction(() => {
        for (const item of items) insert.run(...listedValues(item))
      })
    },
    endListing(purpose) {
      connection.transaction(() => {
        connection.exec(
          purpose !== 'arrived'
            ? 'CREATE INDEX IF NOT EXISTS listing_place ON listing (parent_item_id, collision_key)'
            : 'CREATE INDEX IF NOT EXISTS item_destination ON item (dest_item_id)',
        )
        writeMeta(connection, { listing: purpose })
      })
    },
    listedItem(itemId) {
      const row = connection.get(`SELECT ${LISTED_COLUMNS} FROM listing l WHERE l.item_id = ?`, itemId)
      return row && toListed(row)
    },
    listedChild(parentItemId, collisionKey) {
      const row = connection.get(
        `SELECT ${LISTED_COLUMNS} FROM listing l WHERE l.parent_item_id = ? AND l.collision_key = ? LIMIT 1`,
        parentItemId,
        collisionKey,
      )
      return row && toListed(row)
    },
    itemsWithExisting(query) {
      const found =
        '(SELECT x.item_id FROM listing x WHERE x.parent_item_id = p.dest_item_id AND x.collision_key = i.collision_key LIMIT 1)'
      return placedPage(connection, query, found, sealer)
    },
    itemsWithArrived(query) {
      return placedPage(connection, query, 'i.dest_item_id', sealer)
    },
  }
}
