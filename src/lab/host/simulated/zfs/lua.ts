// Runs a Lua program in which JavaScript functions can be called. ZFS has Lua 5.2 without io, os, math and debug.
import { lauxlib, lua, lualib, to_jsstring, to_luastring, type LuaState } from 'fengari'

/** What goes into Lua and comes out of it; undefined is nil. */
export type LuaValue = string | number | boolean | undefined | LuaTable | LuaFunction
/** Keys that are numbers are those in decimal. */
export type LuaTable = ReadonlyMap<string, LuaValue>
/** Called with all its arguments; what it returns are the results. @throws LuaError */
export type LuaFunction = (args: readonly LuaValue[]) => readonly LuaValue[]

/** An error that the program may catch. */
export class LuaError extends Error {
  override readonly name = 'LuaError'
}

/** The program has not ended, or not well. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed'
}

const largestInteger = 2 ** 31 - 1

function push(state: LuaState, value: LuaValue): void {
  if (value === undefined) return lua.lua_pushnil(state)
  if (typeof value === 'string') return lua.lua_pushstring(state, to_luastring(value))
  if (typeof value === 'boolean') return lua.lua_pushboolean(state, value)
  if (typeof value === 'number') {
    // Integers have 32 bits here: larger ones are exact up to 2^53 as the other kind of number.
    return Number.isInteger(value) && Math.abs(value) <= largestInteger
      ? lua.lua_pushinteger(state, value)
      : lua.lua_pushnumber(state, value)
  }
  if (typeof value === 'function') return lua.lua_pushcfunction(state, called(value))
  lua.lua_createtable(state, 0, value.size)
  for (const [key, each] of value) {
    push(state, each)
    if (/^[1-9]\d{0,8}$/.test(key)) lua.lua_seti(state, -2, Number(key))
    else lua.lua_setfield(state, -2, to_luastring(key))
  }
}

const called =
  (work: LuaFunction) =>
  (state: LuaState): number => {
    const args = Array.from({ length: lua.lua_gettop(state) }, (_none, at) => take(state, at + 1))
    try {
      const results = work(args)
      for (const each of results) push(state, each)
      return results.length
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
      return lauxlib.luaL_error(state, to_luastring('%s'), to_luastring(error.message))
    }
  }

/** The value at a place of the stack. Functions are nil: nothing that takes a value here could call one. */
function take(state: LuaState, index: number): LuaValue {
  switch (lua.lua_type(state, index)) {
    case lua.LUA_TSTRING:
      return text(state, index)
    case lua.LUA_TNUMBER:
      return lua.lua_tonumber(state, index)
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(state, index)
    case lua.LUA_TTABLE: {
      const table = new Map<string, LuaValue>()
      lua.lua_pushvalue(state, index)
      lua.lua_pushnil(state)
      while (lua.lua_next(state, -2) !== 0) {
        const value = take(state, -1)
        lua.lua_pop(state, 1)
        table.set(text(state, -1), value)
      }
      lua.lua_pop(state, 1)
      // Lua goes through a list in its order, which is not that of fengari.
      return new Map(
        [...table].toSorted(([a], [b]) => Number(/^\d+$/.test(b)) - Number(/^\d+$/.test(a)) || listOrder(a, b)),
      )
    }
    default:
      return undefined
  }
}

const listOrder = (a: string, b: string): number => (/^\d+$/.test(a) && /^\d+$/.test(b) ? Number(a) - Number(b) : 0)

/** As text, without making the value itself text: lua_next would lose its place. */
function text(state: LuaState, index: number): string {
  const found = to_jsstring(lauxlib.luaL_tolstring(state, index))
  lua.lua_pop(state, 1)
  return found
}

const missing = ['dofile', 'loadfile', 'load', 'print', 'collectgarbage', 'require']

/**
 * Runs a program.
 * @param instructions the most that it may take
 * @returns what it returns; an empty list where it returns nothing
 * @throws ProgramFailed with what Lua says of it
 */
export function runLua(
  program: string,
  {
    globals,
    args,
    instructions,
  }: { readonly globals: LuaTable; readonly args: LuaTable; readonly instructions: number },
): LuaValue[] {
  const state = lauxlib.luaL_newstate()
  for (const [name, open] of [
    ['_G', lualib.luaopen_base],
    ['coroutine', lualib.luaopen_coroutine],
    ['string', lualib.luaopen_string],
    ['table', lualib.luaopen_table],
  ] as const) {
    lauxlib.luaL_requiref(state, to_luastring(name), open, 1)
    lua.lua_pop(state, 1)
  }
  for (const name of missing) {
    lua.lua_pushnil(state)
    lua.lua_setglobal(state, to_luastring(name))
  }
  for (const [name, value] of globals) {
    push(state, value)
    lua.lua_setglobal(state, to_luastring(name))
  }
  let left = instructions
  const step = 1000
  lua.lua_sethook(
    state,
    (at) => {
      left -= step
      if (left <= 0) lauxlib.luaL_error(at, to_luastring('Channel program timed out.'))
    },
    lua.LUA_MASKCOUNT,
    step,
  )
  lua.lua_pushcfunction(state, (at) => {
    lauxlib.luaL_traceback(at, at, to_luastring(text(at, 1)), 1)
    return 1
  })
  const bytes = to_luastring(program)
  if (lauxlib.luaL_loadbuffer(state, bytes, bytes.length, to_luastring('=[string "channel program"]')) !== lua.LUA_OK)
    throw new ProgramFailed(text(state, -1))
  push(state, args)
  if (lua.lua_pcall(state, 1, -1, 1) !== lua.LUA_OK) throw new ProgramFailed(text(state, -1))
  return Array.from({ length: lua.lua_gettop(state) - 1 }, (_none, at) => take(state, at + 2))
}
