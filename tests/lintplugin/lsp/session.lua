-- A session in Neovim: open the file, wait for the diagnostics, choose an action, save.
-- LINTPLUGIN_SERVER is the command, LINTPLUGIN_ACTION the title; what is seen is printed as JSON.

local function wait(what, condition)
  assert(vim.wait(60000, condition, 20), "waited for " .. what)
end

local buffer = vim.api.nvim_get_current_buf()
local id = vim.lsp.start_client({
  name = "lintplugin",
  cmd = vim.fn.json_decode(vim.env.LINTPLUGIN_SERVER),
  root_dir = vim.fn.getcwd(),
})
vim.lsp.buf_attach_client(buffer, id)
local client = vim.lsp.get_client_by_id(id)

wait("diagnostics", function()
  return #vim.diagnostic.get(buffer) > 0
end)
local found = vim.diagnostic.get(buffer)

local function ask(method, params)
  local answer = client.request_sync(method, params, 60000, buffer)
  assert(answer and not answer.err, vim.inspect(answer))
  return answer.result
end

vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
params.context = { diagnostics = {} }
local titles = {}
for _, action in ipairs(ask("textDocument/codeAction", params)) do
  table.insert(titles, action.title)
  if action.title == vim.env.LINTPLUGIN_ACTION then
    local edit = action.edit or ask("codeAction/resolve", action).edit
    vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
  end
end

wait("the diagnostics to go", function()
  return #vim.diagnostic.get(buffer) == 0
end)
vim.cmd("write")
local messages = vim.tbl_map(function(one)
  return { one.lnum, one.message }
end, found)
io.stdout:write(vim.fn.json_encode({ found = messages, titles = titles }) .. "\n")
client.stop()
vim.cmd("quitall")
