import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import jestRuntime from 'jest-runtime';

const Runtime = jestRuntime.default ?? jestRuntime;
const nodeRequire = createRequire(import.meta.url);

/** The exports of each package that one of our files has asked for. */
const packages = new Map();

/** Gives the very module that an `import` in the built product gets, so that each class exists once. */
function loadPackage(name) {
  let exports = packages.get(name);
  if (exports === undefined) {
    exports = nodeRequire(fileURLToPath(import.meta.resolve(name)));
    packages.set(name, exports);
  }
  return exports;
}

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Where the build has the module of `src` that a file imports by `name`; undefined for any other module. */
function findBuilt(from, name) {
  if (!name.startsWith('.') || !name.endsWith('.js')) return undefined;
  const file = path.resolve(path.dirname(from), name);
  return file.startsWith(SOURCE) ? path.join(BUILT, file.slice(SOURCE.length)) : undefined;
}

const isPackage = (name) => name !== undefined && !/^[./]/.test(name) && !isBuiltin(name);

/**
 * A test's own modules are made anew for each test file, as jest does it. Packages are loaded by
 * Node itself, once for all files that a process runs: through jest each file had its own Nest,
 * fast-check and libphonenumber, which took 2.5 s of CPU for a file that starts a role, half of
 * what all unit tests took. A spy on a package must be restored by its test.
 *
 * Where a project's `testEnvironmentOptions` say `takesBuilt`, an import of `src` gives the module
 * of `dist`, loaded in that way too: to evaluate the product for each file took 1.4 s of CPU of it.
 * What such a module keeps is then shared by the files of a process, as by the requests of a role.
 * The unit tests need no build.
 *
 * Node 20.19 and later load ES modules by `require`, so no package is turned into CommonJS any more.
 */
export default class NativePackagesRuntime extends Runtime {
  #takesBuilt;

  constructor(config, ...given) {
    super(config, ...given);
    this.#takesBuilt = config.testEnvironmentOptions.takesBuilt === true;
    const parameters = this.executor?.injectedModuleParameters;
    if (!Array.isArray(parameters))
      throw new Error(
        'this version of jest compiles modules in another way than test/support/runtime.mjs knows',
      );
    // Jest compiles for a realm made by vm.createContext; without one it is the process's own (environment.mjs).
    this.executor.compile = (source, filename) => compileFunction(source, parameters, { filename });
  }

  requireModule(from, name, options, isRequireActual) {
    if (!options?.isInternalModule && isPackage(name)) return loadPackage(name);
    const built =
      this.#takesBuilt && !options?.isInternalModule && name !== undefined && findBuilt(from, name);
    if (built) return nodeRequire(built);
    return super.requireModule(from, name, options, isRequireActual);
  }

  /** Jest's own packages too, but for the runner's state, which is each file's. */
  requireInternalModule(from, name) {
    return isPackage(name) ? createRequire(from)(name) : super.requireInternalModule(from, name);
  }
}
