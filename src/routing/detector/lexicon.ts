/*
 * Words that mean the same for routing stand in one sign: the model learns a weight for "a tool for tests" once, and so
 * knows what to do with a tool that no training text names. Written by hand from general knowledge of the trade; a word may
 * stand in two signs. "_" joins the words of a phrase. Forms (s, ed, ing) are added when the table is read.
 */

/** First letter: a = action, o = object, t = tool, s = symptom, q = question, m = manner. */
const SIGNS: Readonly<Record<string, string>> = {
  "a fix": "fix repair solve resolve hotfix patch debug troubleshoot unbreak correct handle prevent avoid stop",
  "a build":
    "implement create build make develop code program introduce support enable expose provide extend allow wire integrate generate define",
  "a add": "add insert include append attach put",
  "a write": "write draft compose author prepare produce word phrase rewrite",
  "a change": "change update modify adjust tweak edit set switch turn use bump raise increase reduce lower improve",
  "a refactor":
    "refactor rewrite restructure extract split rename move inline simplify decouple clean port convert migrate replace modernize modernise dedupe deprecate consolidate merge unify generalize generalise reorganize reuse abstract encapsulate optimise optimize speed_up clean_up rework untangle parallelize vectorize memoize rewire",
  "a remove": "remove delete drop strip hide get_rid omit",
  "a test": "test verify assert cover mock stub parametrize parametrise parameterize unit-test fuzz retest",
  "a document":
    "document describe clarify mention annotate reword proofread translate write_up write_down summarize summarise spell_out transcribe jot blog",
  "a explain": "explain walk_me walk_through understand tell_me show_me teach",
  "a analyse":
    "analyze analyse review audit inspect assess judge examine critique interpret profile trace evaluate rate scrutinize dissect critique check look_over poke_holes second_opinion sanity_check go_through look_at point_out quantify diagnose score",
  "a list":
    "list count enumerate rank group cluster tabulate identify show map estimate compute summarise summarize plot",
  "a research":
    "research explore find_out look_up look_into search_for gather collect survey google learn recommend investigate read_up dig_into shortlist scout compare find search evaluate suggest check_if check_whether figure_out",
  "a automate":
    "automate schedule deploy provision dockerize dockerise containerize containerise publish release trigger rotate backup back_up sync orchestrate bootstrap roll_out rollout monitor notify alert scrape crawl upload batch archive mirror push tag ship spin_up stand_up purge prune",
  "a run": "run start execute launch invoke schedule kick_off restart",
  "a style":
    "style restyle align center centre animate redesign resize polish beautify highlight indent wrap shrink truncate left-align recolor recolour theme",
  "a browse": "click hover scroll drag swipe tap navigate fill_in log_in sign_in screenshot open_the browse",
  "o ui element":
    "button form modal dialog dialogue popup popover tooltip dropdown drop-down menu submenu navbar nav navigation sidebar header footer card tab chip badge toast snackbar banner icon avatar spinner skeleton loader checkbox radio toggle slider carousel accordion breadcrumb breadcrumbs paginator textarea textbox placeholder page screen panel pane drawer widget tile toolbar scrollbar legend datepicker date-picker picker stepper wizard thumbnail hero lightbox overlay backdrop splash gallery combobox autocomplete searchbar titlebar statusbar treeview listbox fab hamburger typeahead bottom_sheet progress_bar empty_state date_picker color_picker search_box search_bar text_field input_field radio_button tab_bar side_panel landing_page login_page home_page settings_page emoji cta swatch subheading heading title caption layout row column field label chart window view element component components dashboard",
  "o look":
    "color colour font typography padding margin border shadow gradient background contrast opacity radius spacing gap alignment responsive mobile desktop tablet breakpoint pixel px rem viewport overflow z-index zindex hover focus animation transition sticky centered centred rounded bold italic ellipsis readable visual visually look looks ux ui frontend front-end stylesheet dark_mode light_mode dark_theme hover_state focus_ring rtl retina kerning monochrome palette wireframe mockup mockups accent cursor hidden visible larger smaller bigger wider narrower vertical horizontal vertically horizontally shimmer flicker blink misaligned alignment overlap overlaps cut_off cramped ugly pretty nicer clunky whitespace truncated collapsed collapsible draggable resizable clickable scrollable drag_and drop_zone css scss sass html svg theme themes styling aria a11y keyboard accessible",
  "t ui":
    "react vue svelte angular tailwind bootstrap mui material chakra shadcn storybook jsx tsx flexbox qt qml gtk swiftui uikit jetpack_compose flutter wpf xaml winforms tkinter ratatui ncurses curses d3 framer radix antd vuetify quasar ionic figma sketch styled-components emotion preact solid lit htmx livewire blazor maui compose textual ink bubbletea nuxt daisyui primevue blade handlebars",
  "t browser":
    "browser chrome chromium firefox safari edge selenium playwright puppeteer comet webdriver webpage website homepage",
  "o code":
    "function class method module interface type enum struct trait generic generics decorator hook middleware handler controller service model repository endpoint route api rest graphql grpc rpc resolver mutation query schema migration orm parser lexer compiler interpreter tokenizer serializer algorithm logic validator validation cache queue worker thread pool mutex lock semaphore iterator generator coroutine promise callback closure event listener emitter stream buffer socket protocol client server backend sdk library package plugin adapter wrapper factory singleton builder visitor observer state_machine reducer store selector middleware pagination rate_limiter limiter retry backoff auth authentication authorization oauth jwt token session webhook flag subcommand argument parameter option config setting constant variable field column index table record entity payload dto encoder decoder codec hash encryption upload download import export filter sorting search command cli code dependency_injection overload exception_class feature_flag soft_delete crud regex trie heap tree graph linked_list bloom_filter lru",
  "t code":
    "python javascript typescript java kotlin scala golang go rust c++ cpp c# csharp ruby php swift elixir haskell perl lua julia clojure f# dart zig ocaml erlang node nodejs deno bun express fastapi flask django rails laravel spring symfony nestjs dotnet .net asp.net actix axum tokio rayon pandas numpy pytorch tensorflow sqlalchemy prisma drizzle hibernate sequelize mongoose redis kafka rabbitmq celery sidekiq grpc protobuf zod pydantic lodash rxjs redux zustand async await sql postgres postgresql mysql sqlite mongodb dynamodb elasticsearch supabase firebase stripe openai llm",
  "o test":
    "test tests testing spec specs testcase fixture fixtures mock mocks stub stubs snapshot coverage assertion assertions e2e end-to-end integration_test unit_test unit_tests integration_tests regression_test regression_tests test_case test_cases test_suite test_data test_plan smoke_test load_test load_tests stress_test benchmark_test golden flaky test_coverage edge_case edge_cases happy_path property-based mutation_testing contract_test contract_tests snapshot_test test_double qa acceptance_test acceptance_tests testsuite unittest unittests doctest",
  "t test":
    "jest vitest mocha chai jasmine karma cypress playwright selenium pytest unittest nose tox hypothesis junit testng mockito rspec minitest capybara phpunit pest xunit nunit googletest gtest catch2 ctest stryker pact k6 jmeter gatling locust artillery testcontainers wiremock msw nock sinon fast-check quickcheck supertest detox appium espresso xctest maestro testify ginkgo robot cucumber gherkin behave codecov istanbul nyc jacoco factory_bot faker",
  "s failure":
    "error errors exception crash crashes crashing bug bugs broken breaks fail fails failing failed failure failures freeze freezes hang hangs hanging stuck leak leaks deadlock deadlocks segfault panic panics timeout timeouts wrong incorrect incorrectly missing duplicate duplicates duplicated corrupt corrupted garbled undefined null nan nullpointer stacktrace traceback backtrace regression race infinite_loop memory_leak out_of stack_overflow not_work not_working doesn't doesnt isn't isnt won't wont can't cant cannot no_longer stopped_working unable refuses rejected denied unexpected unexpectedly weird weirdly strange inconsistent intermittent intermittently sporadic sporadically randomly sometimes stale lost loses ignores ignored swallowed throws threw thrown raises complains blank disappears disappear disappeared nothing_happens off_by instead_of double twice mismatch invalid oom sigsegv unresponsive suddenly loses garbage silently never_returns",
  "s error name":
    "typeerror referenceerror syntaxerror rangeerror valueerror keyerror indexerror attributeerror importerror modulenotfounderror runtimeerror zerodivisionerror nameerror oserror unicodedecodeerror nullpointerexception nullreferenceexception illegalstateexception classnotfoundexception concurrentmodificationexception outofmemoryerror stackoverflowerror econnrefused econnreset enoent eacces eaddrinuse etimedout cors 500 502 503 504 404 403 401 400 422 429 http_500 internal_server module_not exit_code core_dumped permission_denied connection_refused",
  "s since":
    "since_the since_we since_yesterday since_last since_upgrading after_upgrading after_the after_updating used_to worked_before on_prod in_production in_prod customers_report users_report users_complain only_happens reproduce repro repro_steps steps_to root_cause why_does why_is why_do why_are what_causes what_is figure_out no_idea works_on locally on_my",
  "o doc":
    "readme docs doc documentation docstring docstrings jsdoc javadoc rustdoc godoc tsdoc phpdoc kdoc doxygen sphinx mkdocs docusaurus changelog guide guides tutorial tutorials manual handbook howto how-to faq wiki cookbook runbook playbook glossary adr rfc spec_document decision_record release_note release_notes release_notes license contributing code_of security_policy onboarding blog blog_post post article announcement newsletter email_to memo write-up writeup postmortem post-mortem description pr_description pull_request_description commit_message cheat_sheet cheatsheet reference api_docs man_page one-pager page_for paragraph sentence wording grammar spelling typo typos prose text comment comments code_comments inline_comment example examples usage usage_example diagram_of overview_page proposal whitepaper specification design_doc instructions walkthrough quickstart quick_start getting_started getting-started user_guide style_guide template migration_guide upgrade_guide explanation markdown md rst adoc note notes minutes meeting_notes summary_of abstract",
  "o outside":
    "options alternatives alternative library libraries framework frameworks vendor vendors provider providers tool tools pricing price prices cost costs licence licenses licensing best_practice best_practices state_of market competitors competitor pros_and trade-offs tradeoffs comparison compare versus vs standards standard regulation gdpr hipaa pci soc2 owasp rfc official limits quota quotas rate_limits ecosystem maturity adoption community benchmark_numbers papers paper literature blog_posts articles recommended recommend popular latest currently nowadays 2024 2025 2026 others other_companies other_teams industry self-hosted self_hosted open_source open-source saas free_tier worth_it roadmap support_for docs_say difference_between differences_between",
  "o given":
    "this_code this_repo this_function this_file this_class this_diff this_pr this_pull our_code our_codebase codebase repo our_architecture architecture complexity performance bottleneck bottlenecks hotspot hotspots security vulnerabilities vulnerability weaknesses risk risks quality technical_debt tech_debt dead_code duplication flamegraph heap_dump profile trace log logs csv metrics dataset data_flow dependency_graph diff pr pull_request design usage_of usages callers trend trends statistics distribution correlation results report numbers impact blast_radius query_plan explain_plan n+1 inconsistencies smells code_smells coupling cyclomatic maintainability latency throughput anti-patterns license_compliance unused",
  "o pipeline":
    "ci cd ci/cd pipeline pipelines workflow workflows action github_action github_actions gitlab_ci cron cronjob cron_job nightly hourly daily weekly every_night every_hour every_day every_morning every_week schedule scheduled script scripts bash shell shell_script powershell makefile dockerfile docker-compose docker_compose container containers image registry helm chart manifest kubernetes k8s cluster deployment deployments deploy staging production infra infrastructure terraform module_for lambda bot slack_bot webhook_to hook pre-commit husky lint-staged renovate dependabot release_process artifact artifacts runner runners matrix build_step job jobs backup backups rollback canary blue-green autoscaling systemd launchd daemon vm vms server servers ssh dns certificate certificates nginx monitoring alerting alert alerts secrets vault environment_variables provisioning automatically automatic automation automate one_command by_hand manually bulk batch_job cleanup_job",
  "t pipeline":
    "docker podman kubernetes kubectl helm argo argocd argo_cd flux terraform opentofu pulumi ansible chef puppet cloudformation cdk jenkins jenkinsfile circleci travis buildkite bitbucket_pipelines azure_pipelines azure_devops teamcity drone github gitlab aws gcp azure ec2 s3 ecs eks fly.io heroku vercel netlify cloudflare nginx caddy traefik prometheus grafana datadog pagerduty slack zapier n8n airflow dagster make just taskfile bash zsh powershell cron systemd tmux rsync semantic-release goreleaser cibuildwheel changesets lerna turborepo nx bazel webpack_build renovate dependabot pre-commit husky gh",
  "s symptom":
    "works_not not_works drops disconnects overwrites submits hangs stops stopped closes opens jumps flickers restarts returns returns_nothing returns_null shows_nothing keeps_showing logs_out logged_out times_out timed_out twice nothing never always still even_though even_if although despite anymore any_more no_more half only_on only_in impossible should_be supposed expected got instead but loses focus_loss fires disappears rejects rejected spins slow slowly since yesterday today tuesday suddenly after_every until_i says_that complains reports_that urgent down 0%",
  "s given here":
    "this these our my the_attached attached below following given here in_our in_this in_my of_our of_this",
  "o cadence":
    "every each nightly daily weekly monthly hourly monday tuesday wednesday thursday friday saturday sunday midnight morning evening night week month whenever when_a on_every on_each per_pull after_each automatically periodically at_night on_push on_merge on_tag on_release",
  "o no change":
    "report_only only_report just_report just_tell tell_me don't_change no_changes no_change without_changing just_list only_list give_me list_the list_all just_findings no_fix findings dont_change do_not",
  "q why": "why",
  "q how": "how",
  "q what": "what which who whose",
  "q is": "is are does do can could should would will has have did was",
  "m simple": "simple quick typo rename comment log just only tiny small minor little trivial one-liner oneliner",
  "m broad":
    "all every everything everywhere entire whole across complete completely full fully each throughout comprehensive thorough",
  "m ask": "please pls plz kindly thanks help_me need want can_you could_you would_you i_need we_need i_want",
};

const ENDINGS = ["s", "es", "ed", "d", "ing", "er"];

/** The number of each sign's name. */
export const SIGN_NAMES: readonly string[] = Object.keys(SIGNS);

/** Word or phrase (words joined by one blank) -> numbers of its signs. Built once. */
export function openLexicon(): ReadonlyMap<string, readonly number[]> {
  const lexicon = new Map<string, number[]>();
  const learn = (word: string, sign: number): void => {
    const known = lexicon.get(word);
    if (known === undefined) lexicon.set(word, [sign]);
    else if (!known.includes(sign)) known.push(sign);
  };
  const stated = Object.values(SIGNS).map((words) => words.split(" "));
  for (const [sign, words] of stated.entries()) for (const word of words) learn(word.replaceAll("_", " "), sign);
  // A form never takes the place of a word that stands in the table itself.
  const own = new Set(lexicon.keys());
  for (const [sign, words] of stated.entries()) {
    for (const word of words) {
      if (word.includes("_") || word.length < 3) continue;
      for (const form of formsOf(word)) if (!own.has(form)) learn(form, sign);
    }
  }
  return lexicon;
}

function formsOf(word: string): readonly string[] {
  const cut = word.endsWith("e") ? word.slice(0, -1) : word.endsWith("y") ? `${word.slice(0, -1)}i` : word;
  const doubled = word + word.slice(-1);
  return [
    ...ENDINGS.map((ending) => word + ending),
    `${cut}ing`,
    `${cut}ed`,
    `${cut}es`,
    `${doubled}ed`,
    `${doubled}ing`,
  ];
}
