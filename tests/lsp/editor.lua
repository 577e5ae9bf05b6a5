-- Neovim 0.7 and newer: open a file, wait for diagnostics, take the first action at a line, save everything.
-- SETUP: a Lua file that configures the server; FILE, LINE: where; OUT: what was seen, as JSON.
local seen = { diagnostics = {}, titles = {} }

local function finish(code)
  vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.OUT)
  vim.cmd(code == 0 and "wall | qall!" or "cquit!")
end

local function wait_for(what, condition)
  if not vim.wait(tonumber(vim.env.PATIENCE), condition, 50) then
    seen.missed = what
    finish(1)
  end
end

vim.cmd("filetype on")
vim.cmd("luafile " .. vim.fn.fnameescape(vim.env.SETUP))
vim.cmd("edit " .. vim.fn.fnameescape(vim.env.FILE))
local buffer = vim.api.nvim_get_current_buf()
wait_for("diagnostics", function() return #vim.diagnostic.get(buffer) > 0 end)
for _, one in ipairs(vim.diagnostic.get(buffer)) do
  table.insert(seen.diagnostics, { line = one.lnum + 1, code = one.user_data.lsp.code, source = one.source })
end

vim.ui.select = function(items, _, chosen)
  for _, item in ipairs(items) do
    table.insert(seen.titles, item[2].title)
  end
  chosen(items[1], 1)
end
vim.api.nvim_win_set_cursor(0, { tonumber(vim.env.LINE), 0 })
local before = vim.api.nvim_buf_get_changedtick(buffer)
vim.lsp.buf.code_action()
wait_for("the edit", function() return vim.api.nvim_buf_get_changedtick(buffer) > before end)
wait_for("its diagnostics to go", function()
  return #vim.diagnostic.get(buffer) < #seen.diagnostics
end)
seen.left = #vim.diagnostic.get(buffer)
finish(0)
