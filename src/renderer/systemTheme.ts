import { type Theme, teamsHighContrastTheme, webDarkTheme, webLightTheme } from '@fluentui/react-components'
import { useSyncExternalStore } from 'react'

const queries = ['(forced-colors: active)', '(prefers-color-scheme: dark)'].map((query) => window.matchMedia(query))
const [forced, dark] = queries

function subscribe(onChange: () => void): () => void {
  for (const query of queries) query.addEventListener('change', onChange)
  return () => {
    for (const query of queries) query.removeEventListener('change', onChange)
  }
}

function current(): Theme {
  if (forced?.matches) return teamsHighContrastTheme
  return dark?.matches ? webDarkTheme : webLightTheme
}

/** Light, dark or high contrast, as the system says, also when it changes its mind. */
export function useSystemTheme(): Theme {
  return useSyncExternalStore(subscribe, current)
}
