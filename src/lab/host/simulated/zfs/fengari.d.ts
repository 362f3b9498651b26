// The part of fengari (Lua in JavaScript) that is used here. Its own package has no types.
declare module 'fengari' {
  /** A state of Lua's C API. */
  export interface LuaState {
    readonly top: number
  }
  type Call = (state: LuaState) => number

  export const to_luastring: (text: string) => Uint8Array
  export const to_jsstring: (text: Uint8Array) => string

  export const lua: {
    readonly LUA_OK: number
    readonly LUA_TNIL: number
    readonly LUA_TBOOLEAN: number
    readonly LUA_TNUMBER: number
    readonly LUA_TSTRING: number
    readonly LUA_TTABLE: number
    readonly LUA_MASKCOUNT: number
    readonly lua_createtable: (state: LuaState, array: number, record: number) => void
    readonly lua_getfield: (state: LuaState, index: number, name: Uint8Array) => number
    readonly lua_geti: (state: LuaState, index: number, at: number) => number
    readonly lua_gettop: (state: LuaState) => number
    readonly lua_next: (state: LuaState, index: number) => number
    readonly lua_pcall: (state: LuaState, args: number, results: number, handler: number) => number
    readonly lua_pop: (state: LuaState, count: number) => void
    readonly lua_pushboolean: (state: LuaState, value: boolean) => void
    readonly lua_pushcfunction: (state: LuaState, call: Call) => void
    readonly lua_pushinteger: (state: LuaState, value: number) => void
    readonly lua_pushnil: (state: LuaState) => void
    readonly lua_pushnumber: (state: LuaState, value: number) => void
    readonly lua_pushstring: (state: LuaState, value: Uint8Array) => void
    readonly lua_pushvalue: (state: LuaState, index: number) => void
    readonly lua_setfield: (state: LuaState, index: number, name: Uint8Array) => void
    readonly lua_setglobal: (state: LuaState, name: Uint8Array) => void
    readonly lua_seti: (state: LuaState, index: number, at: number) => void
    readonly lua_sethook: (state: LuaState, hook: (state: LuaState) => void, mask: number, count: number) => void
    readonly lua_toboolean: (state: LuaState, index: number) => boolean
    readonly lua_tonumber: (state: LuaState, index: number) => number
    readonly lua_type: (state: LuaState, index: number) => number
  }

  export const lauxlib: {
    readonly luaL_error: (state: LuaState, format: Uint8Array, ...args: Uint8Array[]) => never
    readonly luaL_loadbuffer: (state: LuaState, text: Uint8Array, size: number, name: Uint8Array) => number
    readonly luaL_newstate: () => LuaState
    readonly luaL_requiref: (state: LuaState, name: Uint8Array, open: Call, global: number) => void
    readonly luaL_tolstring: (state: LuaState, index: number) => Uint8Array
    readonly luaL_traceback: (state: LuaState, of: LuaState, text: Uint8Array, level: number) => void
  }

  export const lualib: {
    readonly luaopen_base: Call
    readonly luaopen_coroutine: Call
    readonly luaopen_string: Call
    readonly luaopen_table: Call
  }
}
