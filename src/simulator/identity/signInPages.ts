import { escapeXml } from '../core/errorReply.ts'
import type { ServiceReply } from '../core/http.ts'
import type { AppRecord, UserRecord } from './directory.ts'

const STYLE = `body{font:15px/1.5 "Segoe UI",system-ui,sans-serif;background:#f2f2f2;color:#1b1b1b;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;width:27rem;max-width:calc(100vw - 5rem);padding:2.5rem;box-shadow:0 2px 6px #0003}
h1{font-size:1.5rem;font-weight:600;margin:0 0 .75rem}ul{list-style:none;margin:0 0 1rem;padding:0}li{margin:0 0 .25rem}
.practice{color:#616161;font-size:.85rem;margin:0 0 1rem}[role=alert]{color:#b10e1c}
input:not([type=hidden]){font:inherit;width:100%;box-sizing:border-box;padding:.4rem 0;border:0;border-bottom:1px solid #666;margin:.25rem 0 1.25rem}
button{font:inherit;padding:.4rem 1.5rem;border:1px solid #8a8886;background:#fff;cursor:pointer}
button.primary{background:#0067b8;border-color:#0067b8;color:#fff}button.account{width:100%;text-align:left;padding:.5rem .75rem}
.buttons{display:flex;justify-content:flex-end;gap:.5rem}small{color:#616161;display:block}`

/** A page of the sign-in service. Everything that came from outside is escaped by the caller or by `html`. */
function page(
  title: string,
  body: string,
  options: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): ServiceReply {
  return {
    status: options.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      ...options.headers,
    },
    body: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`,
  }
}

/** Fills a template; every value is escaped. */
function html(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((text, part, at) => text + escapeXml(values[at - 1] ?? '') + part)
}

const CANCEL_BUTTON = '<button type="submit" name="action" value="cancel" id="idBtn_Back" formnovalidate>Cancel</button>'
const flow = (action: string, flowToken: string) =>
  html`<form method="post" action="${action}"><input type="hidden" name="flowToken" value="${flowToken}">`

const alert = (message: string | undefined) => (message === undefined ? '' : html`<p role="alert" id="error">${message}</p>`)

export interface FlowPage {
  readonly flowToken: string
  readonly action: string
  readonly error?: string | undefined
}

/** The accounts of the practice tenant, and a field for any other name. */
export function accountPage(options: FlowPage & { readonly users: readonly UserRecord[]; readonly title: string }): ServiceReply {
  const accounts = options.users.map(
    (user) =>
      html`<li><button class="account" type="submit" name="account" value="${user.upn}" formnovalidate>${user.displayName}<small>${user.upn}</small></button></li>`,
  )
  return page(
    'Sign in to your account',
    `<h1>${escapeXml(options.title)}</h1><p class="practice">Practice tenant. These people are made up.</p>${alert(options.error)}${flow(options.action, options.flowToken)}<ul id="accounts">${accounts.join('')}</ul>
<label for="i0116">Another account</label><input id="i0116" name="loginfmt" type="email" autocomplete="username" required>
<div class="buttons">${CANCEL_BUTTON}<button class="primary" type="submit" id="idSIButton9">Next</button></div></form>`,
  )
}

/** Asks for the password and shows the one of the practice user. */
export function passwordPage(
  options: FlowPage & { readonly upn: string; readonly practicePassword: string | undefined },
): ServiceReply {
  const hint =
    options.practicePassword === undefined
      ? ''
      : html`<p class="practice">Practice password: <code id="hint">${options.practicePassword}</code></p>`
  return page(
    'Sign in to your account',
    `${flow(options.action, options.flowToken)}${html`<p id="displayName">${options.upn}</p><input type="hidden" name="loginfmt" value="${options.upn}">`}<h1>Enter password</h1>${alert(options.error)}
<label for="i0118">Password</label><input id="i0118" name="passwd" type="password" autocomplete="current-password" required autofocus>${hint}
<div class="buttons">${CANCEL_BUTTON}<button class="primary" type="submit" id="idSIButton9">Sign in</button></div></form>`,
  )
}

/** Lists what the application asks for. */
export function consentPage(
  options: FlowPage & {
    readonly app: AppRecord
    readonly user: UserRecord
    readonly permissions: readonly string[]
    readonly isForAll: boolean
  },
): ServiceReply {
  const permissions = options.permissions.map((permission) => html`<li><code>${permission}</code></li>`)
  return page(
    'Permissions requested',
    `${html`<p>${options.user.upn}</p>`}<h1>Permissions requested</h1>${html`<p><strong>${options.app.displayName}</strong> would like to:</p>`}<ul>${permissions.join('')}</ul>
${options.isForAll ? '<p>If you accept, this app will get access for all users in your organization.</p>' : ''}${flow(options.action, options.flowToken)}<div class="buttons">${CANCEL_BUTTON}<button class="primary" type="submit" name="action" value="accept" id="idSIButton9">Accept</button></div></form>`,
  )
}

/** The user may not consent to this; the way back to the application is a refusal. */
export function approvalPage(options: FlowPage & { readonly app: AppRecord }): ServiceReply {
  return page(
    'Need admin approval',
    `<h1>Need admin approval</h1>${html`<p><strong>${options.app.displayName}</strong> needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it. (AADSTS90094)</p>`}${flow(options.action, options.flowToken)}<div class="buttons"><button class="primary" type="submit" name="action" value="cancel" id="idBtn_Back">Return to the application without granting consent</button></div></form>`,
  )
}

/** Where the code of a device is entered. */
export function deviceCodePage(options: {
  readonly action: string
  readonly userCode: string
  readonly error?: string
}): ServiceReply {
  return page(
    'Enter code',
    `${html`<form method="post" action="${options.action}">`}<h1>Enter code</h1><p>Enter the code displayed on your app or device.</p>${alert(options.error)}
<label for="otc">Code</label>${html`<input id="otc" name="otc" autocomplete="off" required autofocus maxlength="20" value="${options.userCode}">`}
<div class="buttons"><button class="primary" type="submit" id="idSIButton9">Next</button></div></form>`,
  )
}

/** The last question before a device is let in. */
export function deviceConfirmPage(options: FlowPage & { readonly app: AppRecord; readonly user: UserRecord }): ServiceReply {
  return page(
    'Sign in to your account',
    `${html`<p>${options.user.upn}</p><h1>Are you trying to sign in to ${options.app.displayName}?</h1>`}<p>Only continue if you started this sign-in on an app or device that you trust.</p>${flow(options.action, options.flowToken)}<div class="buttons">${CANCEL_BUTTON}<button class="primary" type="submit" name="action" value="accept" id="idSIButton9">Continue</button></div></form>`,
  )
}

export function messagePage(title: string, text: string, options: { readonly status?: number } = {}): ServiceReply {
  return page(escapeXml(title), html`<h1>${title}</h1><p id="message">${text}</p>`, options)
}

/** Carries an answer to the application: by redirect, or by a form that posts itself. */
export function returnToApp(
  redirectUri: string,
  mode: 'query' | 'fragment' | 'form_post',
  answer: Readonly<Record<string, string>>,
): ServiceReply {
  if (mode === 'form_post') {
    const fields = Object.entries(answer).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
    return page(
      'Working...',
      `${html`<form method="post" name="hiddenform" action="${redirectUri}">`}${fields.join('')}<noscript><p>Script is disabled. Click Submit to continue.</p><button type="submit">Submit</button></noscript></form><script>document.forms[0].submit()</script>`,
      { headers: { 'cache-control': 'no-store' } },
    )
  }
  const target = new URL(redirectUri)
  const text = new URLSearchParams(answer).toString()
  if (mode === 'fragment') target.hash = text
  else for (const [name, value] of Object.entries(answer)) target.searchParams.append(name, value)
  return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } }
}
