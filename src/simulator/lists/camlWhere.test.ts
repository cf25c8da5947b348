import { expect, test } from 'vitest'
import { CamlError, parseCaml } from './camlWhere.ts'

test('where, order and limit of a view', () => {
  const caml = parseCaml(
    '<View><Query><Where><And><Eq><FieldRef Name="State"/><Value Type="Text">a &amp; b</Value></Eq><Or><Gt><FieldRef Name="Rank" /><Value Type="Number">3</Value></Gt><IsNull><FieldRef Name="Owner"/></IsNull></Or></And></Where><OrderBy><FieldRef Name="Rank" Ascending="FALSE"/></OrderBy></Query><RowLimit Paged="TRUE">5</RowLimit></View>',
  )
  expect(caml).toEqual({
    filter: {
      kind: 'and',
      left: { kind: 'compare', property: 'State', operator: 'eq', literal: { kind: 'string', value: 'a & b' } },
      right: {
        kind: 'or',
        left: { kind: 'compare', property: 'Rank', operator: 'gt', literal: { kind: 'number', value: 3 } },
        right: { kind: 'compare', property: 'Owner', operator: 'eq', literal: { kind: 'null', value: null } },
      },
    },
    order: [{ name: 'Rank', isDescending: true }],
    rowLimit: 5,
  })
  expect(parseCaml('<View/>')).toEqual({ filter: undefined, order: [], rowLimit: undefined })
})

test.each([
  '<View><Query>',
  '</View>',
  '<Where><Like><FieldRef Name="A"/><Value>x</Value></Like></Where>',
  '<Where><Eq><Value>x</Value></Eq></Where>',
  '<Where><And><IsNull><FieldRef Name="A"/></IsNull></And></Where>',
  '<Where><Eq><FieldRef Name="A"/><Value Type="DateTime">soon</Value></Eq></Where>',
  '<!DOCTYPE x><View/>',
])('%s is refused', (xml) => {
  expect(() => parseCaml(xml)).toThrow(CamlError)
})
