import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API: the mock by default, or a running server. */
const backend = process.env['STOA_BACKEND'] ?? 'http://127.0.0.1:8787';

export default defineConfig({
  plugins: [
    // External CSS: the pages' content security policy allows no <style> element.
    svelte({ preprocess: vitePreprocess(), compilerOptions: { runes: true, css: 'external' } }),
    svelteTesting(),
  ],
  server: { proxy: { '/api': backend } },
  build: {
    target: 'es2022',
    // light-dark() must survive: it follows the color-scheme of whatever page the components stand in.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
});
