import {defineConfig} from 'vite';

// Entries are named in templates: {{ vite("app") }} is src/app.js.
export default defineConfig({
  base: './', // relative, so that the product may live under a path prefix
  build: {
    outDir: '../static/dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: ['chrome87', 'firefox78', 'safari14'], // browsers of domestic desktops lag behind
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      checks: {eval: false, pluginTimings: false}, // htmx carries an eval; every page switches it off (allowEval)
      input: {app: 'src/app.js', bpmn: 'src/bpmn.js', plan_import: 'src/plan_import.js'},
    },
  },
  css: {
    preprocessorOptions: {
      scss: {quietDeps: true, silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function']},
    },
  },
});
