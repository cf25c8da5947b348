import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const THEMES = [
  { name: 'light', media: { colorScheme: 'light', forcedColors: 'none' } },
  { name: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' } },
  { name: 'high contrast', media: { colorScheme: 'dark', forcedColors: 'active' } },
] as const

/** 200 % zoom of 1280 × 800 is a window of 640 × 400. */
const SMALL_WINDOWS = [
  { width: 1024, height: 700 },
  { width: 640, height: 400 },
] as const

const WINDOW = { width: 1280, height: 800 }

/** What a person with a screen reader, a keyboard or weak eyes would stumble over. Colours are judged where the page chooses them. */
async function violations(page: Page, options: { readonly onlyColours: boolean }): Promise<readonly string[]> {
  // Fluent's own marks at the ends of its focus zones: they hand the focus on and are never heard.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).exclude('[data-tabster-dummy]')
  const { violations: found } = await (options.onlyColours ? axe.withRules(['color-contrast']) : axe).analyze()
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, html }) => `${target.join(' ')} ${html.slice(0, 160)}`).join(' | ')}`)
}

/** Nothing serious or critical for axe, in light, dark and high contrast. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  for (const { name, media } of THEMES) {
    await page.emulateMedia(media)
    // Fluent fades colours from one theme to the other; in between they are nobody's.
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))))
    expect.soft(await violations(page, { onlyColours: name !== 'light' }), `${where}, ${name}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' })
}

/** In a small window and at 200 % zoom the page never scrolls sideways, and every control can be scrolled to and hit. */
export async function expectFits(page: Page, where: string): Promise<void> {
  for (const size of SMALL_WINDOWS) {
    await page.setViewportSize(size)
    const at = `${where} at ${size.width} × ${size.height}`
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect.soft(overflow, `${at} scrolls sideways`).toBeLessThanOrEqual(0)
    expect.soft(await lostControls(page), `${at} hides controls`).toEqual([])
  }
  await page.setViewportSize(WINDOW)
}

/** Controls that nobody can click: cut off, out of every scrolling box, or below another thing. */
function lostControls(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const CONTROLS = 'button, input, select, textarea, a[href], [role=tab], [role=treeitem], [role=combobox]'
    const cover = document.querySelector('[role=dialog]') ?? undefined
    const all = [...(cover ?? document).querySelectorAll<HTMLElement>(CONTROLS)]
    const isShown = (one: HTMLElement) =>
      one.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && one.closest('[aria-hidden=true]') === null
    return all.filter(isShown).flatMap((control) => {
      control.scrollIntoView({ block: 'center', inline: 'center' })
      const box = control.getBoundingClientRect()
      if (box.width === 0 || box.height === 0) return []
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
      // The details lie over the list in a narrow window, as they should.
      const isBelowDetails = hit?.closest('aside') != null && control.closest('aside') === null
      const isHit =
        hit !== null && (control.contains(hit) || hit.contains(control) || hit.closest('label')?.contains(control) === true)
      if (isHit || isBelowDetails) return []
      const name = control.getAttribute('aria-label') ?? control.textContent?.slice(0, 40) ?? ''
      return [`${control.tagName} ${name}: ${hit ? `below ${hit.tagName} ${hit.className.slice(0, 40)}` : 'outside'}`]
    })
  })
}
