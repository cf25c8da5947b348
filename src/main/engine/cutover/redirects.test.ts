import { expect, test } from 'vitest'
import { isRedirectFor, linkFileText, type Redirect } from './redirects.ts'

const redirect: Redirect = {
  kind: 'file',
  oldPath: '/mnt/finance/Q3/Ünder review.docx',
  uncPath: '\\\\files\\finance\\Q3\\Ünder review.docx',
  newUrl: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents/Q3/%C3%9Cnder%20review.docx',
}

test.each([
  '\\\\files\\finance\\Q3\\Ünder review.docx',
  '//FILES/finance/q3',
  'U\u0308NDER REVIEW',
  'Q3\\\\ünder',
  'Shared Documents/Q3',
  'Shared%20Documents',
  '  ünder review  ',
])('%s finds it', (text) => expect(isRedirectFor(redirect, text)).toBe(true))

test.each(['', '   ', 'Q4', 'finance/Q3/x', '*'])('“%s” does not', (text) => expect(isRedirectFor(redirect, text)).toBe(false))

test('a link file holds one address and nothing that an address could smuggle in', () => {
  expect(linkFileText({ ...redirect, newUrl: 'https://a/b\r\nIconFile=\\\\evil\\x' })).toBe(
    '[InternetShortcut]\r\nURL=https://a/bIconFile=\\\\evil\\x\r\n',
  )
})
