# The agents: what each is called, how it is set up, does a turn by itself, and is started in a terminal.
# Sourced by test/e2e/run.
#
#   seed_AGENT      the settings of a person who has used it before, with somebody else's hook: $lab/foreign
#   settings_of     the files that install-hook may change
#   run_AGENT       one turn with $prompt, to the end of the program
#   terminal_AGENT  sets command, ready, dialog and new for test/e2e/terminals.bash

package_of() {
	case $1 in
	opencode) echo opencode-ai@1.18.33 ;;
	pi-0.73) echo @mariozechner/pi-coding-agent@0.73.1 ;;
	pi-0.87) echo @earendil-works/pi-coding-agent@0.87.1 ;;
	codex*) echo @openai/codex@0.169.0 ;;
	claude-*) echo @anthropic-ai/claude-code@2.1.329 ;;
	gemini) echo @google/gemini-cli@0.61.0 ;;
	node) echo node@22 ;;
	*) say "no agent is called $1"; exit 2 ;;
	esac
}

# As which --agent the hooks know it.
name_of() {
	case $1 in
	claude-*) echo claude-code ;;
	codex*) echo codex ;;
	pi-*) echo pi ;;
	*) echo "$1" ;;
	esac
}

folder_of() {
	case $1 in
	pi-*) echo "$1" ;;
	*) name_of "$1" ;;
	esac
}

program() { echo "$cache/$1/node_modules/.bin/$2"; }
agent_path=$cache/node/node_modules/.bin:$cache/codex/node_modules/.bin # `codex queue` is called by name

parent_of() {
	case $1 in
	pi-*) echo pi ;;
	claude-*) echo claude ;;
	gemini) echo 'node|gemini.*|MainThread' ;;
	*) name_of "$1" ;;
	esac
}

# The answer of the model that comes just before the event that may carry what came in during the first tool.
carrier_of() {
	case $(name_of "$1") in
	claude-code | codex) echo "sh:$lab/second" ;; # before a tool
	*) echo "sh:$lab/first" ;;                    # after a tool
	esac
}

# What the model gets of a text that a hook gives in mid-turn: Gemini lets nothing look like a tag.
as_passed_on() {
	if [ "$1" = gemini ]; then sed 's/</\&lt;/g; s/>/\&gt;/g'; else cat; fi
}

settings_of() {
	case $(name_of "$1") in
	claude-code) echo .claude/settings.json ;;
	codex) echo .codex/hooks.json .codex/config.toml ;;
	gemini) echo .gemini/settings.json ;;
	opencode) echo .config/opencode/plugins/peerhooks.js .config/opencode/opencode.json ;;
	pi) echo .pi/agent/extensions/peerhooks.js .pi/agent/models.json ;;
	esac
}

# ---- Claude Code ----

# So that its terminal asks nothing at the start: it knows its person, this project and the key. Its settings
# are indented oddly, and end without a line feed.
claude_key=sk-ant-api03-0123456789012345678901234567890123456789
seed_claude-code() {
	mkdir -p "$lab/home/.claude"
	printf '{\n   "theme" : "dark",\n   "hooks" : { "PreToolUse":[ {"matcher":"Bash","hooks":[\n\t{"type":"command","command":"%s"}]}] },\n   "cleanupPeriodDays":30 }' \
		"$lab/foreign" >"$lab/home/.claude/settings.json"
	cat >"$lab/home/.claude.json" <<-END
		{ "hasCompletedOnboarding": true, "theme": "dark", "numStartups": 3, "lastOnboardingVersion": "2.1.329",
		  "customApiKeyResponses": { "approved": ["${claude_key: -20}"], "rejected": [] },
		  "projects": { "$lab/project": { "hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true,
		    "projectOnboardingSeenCount": 5, "allowedTools": [] } } }
	END
}
seed_claude-plugin() { seed_claude-code; }

claude() {
	start ANTHROPIC_BASE_URL="$model" ANTHROPIC_API_KEY=$claude_key CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
		"$(program claude-code claude)" --allowedTools Bash "$@"
}
run_claude-code() { (claude -p -- "$prompt") >"$lab/screen" 2>&1 </dev/null; }
run_claude-plugin() { (claude --plugin-dir "$lab/prefix/share/peerhooks/claude-code" -p -- "$prompt") >"$lab/screen" 2>&1 </dev/null; }

terminal_claude-code() {
	ready='manual mode' dialog='Do you want to' new=/clear
	command=(ANTHROPIC_BASE_URL="$model" ANTHROPIC_API_KEY="$claude_key" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
		DISABLE_AUTOUPDATER=1 "$(program claude-code claude)" --permission-mode default --allowedTools Bash)
}

# ---- Codex ----

# The foreign hook is one that its person trusts: by the hash that contracts/codex/FACTS.md tells of.
seed_codex() {
	local home=$lab/home/.codex hash
	mkdir -p "$home/rules"
	printf '{"hooks": {"PreToolUse": [\n {"hooks": [ {"command": "%s", "type": "command"} ]}\n]}}\n' "$lab/foreign" >"$home/hooks.json"
	hash=$(jq -cnSj --arg command "$lab/foreign" '{event_name: "pre_tool_use", hooks: [{async: false, $command, timeout: 600, type: "command"}]}' | sha256sum)
	cat >"$home/config.toml" <<-END
		# our own model
		model = "mock-model"   # of the tests
		model_provider = "mock"
		sandbox_mode = "danger-full-access"
		approval_policy = "on-request"
		[model_providers.mock]
		name = "mock"
		base_url = "$model/v1"
		wire_api = "responses"
		[projects."$lab/project"]
		trust_level = "trusted"
		[hooks.state."$home/hooks.json:pre_tool_use:0:0"]
		trusted_hash = "sha256:${hash%% *}"
	END
	# With it, Codex asks its person before the tool that `@@write` calls.
	echo 'prefix_rule(pattern=["touch"], decision="prompt")' >"$home/rules/default.rules"
}
seed_codex-daemon() { seed_codex; }

run_codex() { (start "$(program codex codex)" exec --skip-git-repo-check "$prompt") >"$lab/screen" 2>&1 </dev/null; }

terminal_codex() {
	ready='Ask Codex' dialog='Would you like to run' new=/clear
	command=("$(program codex codex)" --no-daemon)
}
terminal_codex-daemon() {
	terminal_codex
	command=("$(program codex codex)")
}

# ---- OpenCode ----

seed_opencode() {
	local config=$lab/home/.config/opencode
	mkdir -p "$config/plugins"
	cat >"$config/opencode.json" <<-END
		{ "autoupdate": false, "model": "mock/mock-model", // of the tests
		  "permission": { "bash": "allow", "external_directory": "allow", "edit": "ask" }, "provider": { "mock": {
		  "npm": "@ai-sdk/openai-compatible", "options": { "baseURL": "$model/v1", "apiKey": "x" },
		  "models": { "mock-model": { "name": "mock" } } } } }
	END
	cat >"$config/plugins/foreign.js" <<-END
		import { execFileSync } from 'node:child_process';
		export const foreign = async () => ({ 'tool.execute.before': async () => { execFileSync('$lab/foreign'); } });
	END
}

# In its terminal, since `opencode run` leaves at the first idle.
run_opencode() {
	terminal_open opencode
	terminal_type opencode "$prompt "
	terminal_key opencode Enter
	wait_for $TURN_LIMIT stops_at_least 2 || true
	wait_for $TURN_LIMIT is_idle opencode || true
	screen_of opencode >"$lab/screen"
	terminal_key opencode C-c
	wait_for 10 terminal_gone opencode || true
	terminals_close
}

# The registry is the mock, which answers 404 at once: OpenCode looks for a package of its own there.
terminal_opencode() {
	ready='Ask anything' dialog='Permission required' new=/new
	command=(OPENCODE_DISABLE_MODELS_FETCH=1 npm_config_registry="$model" "$(program opencode opencode)")
}

# ---- Pi ----

seed_pi() {
	local config=$lab/home/.pi/agent
	mkdir -p "$config/extensions"
	cat >"$config/models.json" <<-END
		{ "providers": { "mock": { "baseUrl": "$model/v1", "api": "openai-completions", "apiKey": "x", "models": [
		  { "id": "mock-model", "name": "mock", "contextWindow": 100000, "maxTokens": 1000 } ] } } }
	END
	cat >"$config/extensions/foreign.js" <<-END
		import { execFileSync } from 'node:child_process';
		export default function foreign(pi) { pi.on('tool_call', async () => { execFileSync('$lab/foreign'); }); }
	END
}
seed_pi-0.73() { seed_pi; }
seed_pi-0.87() { seed_pi; }

# In RPC mode, which lives on after a turn, as the terminal does.
run_pi() {
	{
		jq -cn --arg message "$prompt" '{type: "prompt", $message}'
		wait_for $TURN_LIMIT stops_at_least 2 || true
		wait_for $TURN_LIMIT is_idle "$1" || true
	} | (start PI_OFFLINE=1 "$(program "$1" pi)" --provider mock --model mock-model --mode rpc) >"$lab/screen" 2>&1
}
run_pi-0.73() { run_pi pi-0.73; }
run_pi-0.87() { run_pi pi-0.87; }

terminal_pi() {
	ready='mock-model' dialog='' new=/new
	command=(PI_OFFLINE=1 "$(program "$1" pi)" --provider mock --model mock-model)
}
terminal_pi-0.73() { terminal_pi pi-0.73; }
terminal_pi-0.87() { terminal_pi pi-0.87; }

# ---- Gemini ----

seed_gemini() {
	mkdir -p "$lab/home/.gemini"
	cat >"$lab/home/.gemini/settings.json" <<-END
		{
		    // who pays
		    "security": { "auth": { "selectedType": "gemini-api-key" } },
		    "hooks": { "BeforeTool": [ { "matcher": "*", "hooks": [ { "type": "command", "command": "$lab/foreign" /* theirs */ } ] } ] }
		}
	END
}

gemini() {
	start GOOGLE_GEMINI_BASE_URL="$model" GEMINI_API_KEY=x GEMINI_CLI_TRUST_WORKSPACE=true \
		"$(program gemini gemini)" --model gemini-2.5-pro "$@"
}
# A model is named so that Gemini asks no other one which to take.
run_gemini() { (gemini --yolo -p "$prompt") >"$lab/screen" 2>&1 </dev/null; }

terminal_gemini() {
	ready='Type your message' dialog='Apply this change' new=/clear
	command=(GOOGLE_GEMINI_BASE_URL="$model" GEMINI_API_KEY=x GEMINI_CLI_TRUST_WORKSPACE=true
		"$(program gemini gemini)" --model gemini-2.5-pro --allowed-tools 'run_shell_command,invoke_agent')
}
