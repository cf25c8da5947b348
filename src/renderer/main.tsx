import { createDOMRenderer, RendererProvider } from '@fluentui/react-components'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import type { Bridge } from '../shared/contract/bridge.ts'
import { App } from './App.tsx'
import { BridgeProvider } from './bridgeContext.ts'
import { connectBridge } from './store/connectBridge.ts'
import { useApp } from './store/store.ts'
import { browserPlace, createWebBridge } from './webBridge.ts'

declare global {
  interface Window {
    /** Put there by the preload script of the desktop shell. */
    readonly portage?: Bridge
  }
}

const bridge = window.portage ?? createWebBridge(browserPlace(window))
connectBridge(bridge, useApp)

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } })
const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
createRoot(root).render(
  <StrictMode>
    <RendererProvider renderer={renderer} targetDocument={document}>
      <BridgeProvider value={bridge}>
        <App />
      </BridgeProvider>
    </RendererProvider>
  </StrictMode>,
)
