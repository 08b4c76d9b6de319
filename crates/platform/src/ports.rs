//! All ports of the doors, over this Worker's bindings.

use std::sync::Arc;

use edgewise_domain::{
    agent::records::AgentsOver,
    artifact::records::ArtifactsOver,
    catalogue::CatalogueOver,
    config::Provider,
    directory::DirectoryOver,
    files::records::AttachmentsOver,
    flags::FlagsOver,
    library::LibraryOver,
    mail::LettersOver,
    models::list::ModelsOver,
    money::{ledger::LedgerOver, stripe::store::BillingOver},
    organizations::OrganizationsOver,
    ports::Ports,
    run::records::RunsOver,
    schedule::records::SchedulesOver,
    sharing::SharesOver,
    users::UsersOver,
    webhook::records::WebhooksOver,
};
use worker::Env;

use crate::{
    cache::KvCache,
    clock::{WorkerClock, WorkerEntropy},
    d1::D1,
    files::R2Files,
    log::WorkerLog,
    objects::{AccountObjects, ConversationObjects, RunObjects, WebhookObjects},
    pulse::WorkerPulse,
    standards::RuntimeStandards,
    web::WorkerWeb,
};

/// One for each isolate. A request clones it several times, and each binding of its own would be a crossing.
#[derive(Clone)]
pub struct WorkerPorts(Arc<Bound>);

struct Bound {
    conversations: ConversationObjects,
    catalogue: CatalogueOver<D1>,
    accounts: AccountObjects,
    users: UsersOver<D1>,
    directory: DirectoryOver<D1>,
    letters: LettersOver<D1>,
    cache: KvCache,
    web: WorkerWeb,
    standards: RuntimeStandards,
    clock: WorkerClock,
    entropy: WorkerEntropy,
    log: WorkerLog,
    pulse: WorkerPulse,
    flags: FlagsOver<D1>,
    organizations: OrganizationsOver<D1>,
    models: ModelsOver<D1>,
    shares: SharesOver<D1>,
    ledger: LedgerOver<D1>,
    billing: BillingOver<D1>,
    files: R2Files,
    attachments: AttachmentsOver<D1>,
    library: LibraryOver<D1>,
    artifacts: ArtifactsOver<D1>,
    agents: AgentsOver<D1>,
    runs: RunObjects,
    run_list: RunsOver<D1>,
    webhooks: WebhookObjects,
    webhook_list: WebhooksOver<D1>,
    schedules: SchedulesOver<D1>,
}

impl WorkerPorts {
    /// `provider` is the model's server, for those who ask whether it is there.
    pub fn new(env: &Env, provider: Option<Provider>) -> Self {
        Self(Arc::new(Bound {
            conversations: ConversationObjects::new(env.clone()),
            catalogue: CatalogueOver(D1::new(env.clone())),
            accounts: AccountObjects::new(env.clone()),
            users: UsersOver(D1::new(env.clone())),
            directory: DirectoryOver(D1::new(env.clone())),
            letters: LettersOver(D1::new(env.clone())),
            cache: KvCache::new(env.clone()),
            web: WorkerWeb,
            standards: RuntimeStandards,
            clock: WorkerClock,
            entropy: WorkerEntropy,
            log: WorkerLog,
            pulse: WorkerPulse::new(env.clone(), provider),
            flags: FlagsOver(D1::new(env.clone())),
            organizations: OrganizationsOver(D1::new(env.clone())),
            models: ModelsOver(D1::new(env.clone())),
            shares: SharesOver(D1::new(env.clone())),
            ledger: LedgerOver(D1::new(env.clone())),
            billing: BillingOver(D1::new(env.clone())),
            files: R2Files::new(env.clone()),
            attachments: AttachmentsOver(D1::new(env.clone())),
            library: LibraryOver(D1::new(env.clone())),
            artifacts: ArtifactsOver(D1::new(env.clone())),
            agents: AgentsOver(D1::new(env.clone())),
            runs: RunObjects::new(env.clone()),
            run_list: RunsOver(D1::new(env.clone())),
            webhooks: WebhookObjects::new(env.clone()),
            webhook_list: WebhooksOver(D1::new(env.clone())),
            schedules: SchedulesOver(D1::new(env.clone())),
        }))
    }
}

impl Ports for WorkerPorts {
    type Conversations = ConversationObjects;
    type Catalogue = CatalogueOver<D1>;
    type Accounts = AccountObjects;
    type Users = UsersOver<D1>;
    type Directory = DirectoryOver<D1>;
    type Letters = LettersOver<D1>;
    type Cache = KvCache;
    type Web = WorkerWeb;
    type Standards = RuntimeStandards;
    type Clock = WorkerClock;
    type Entropy = WorkerEntropy;
    type Log = WorkerLog;
    type Pulse = WorkerPulse;
    type Flags = FlagsOver<D1>;
    type Organizations = OrganizationsOver<D1>;
    type Models = ModelsOver<D1>;
    type Shares = SharesOver<D1>;
    type Ledger = LedgerOver<D1>;
    type Billing = BillingOver<D1>;
    type Files = R2Files;
    type Attachments = AttachmentsOver<D1>;
    type Library = LibraryOver<D1>;
    type Artifacts = ArtifactsOver<D1>;
    type Agents = AgentsOver<D1>;
    type Runs = RunObjects;
    type RunList = RunsOver<D1>;
    type Webhooks = WebhookObjects;
    type WebhookList = WebhooksOver<D1>;
    type Schedules = SchedulesOver<D1>;

    fn conversations(&self) -> &ConversationObjects {
        &self.0.conversations
    }

    fn catalogue(&self) -> &CatalogueOver<D1> {
        &self.0.catalogue
    }

    fn accounts(&self) -> &AccountObjects {
        &self.0.accounts
    }

    fn users(&self) -> &UsersOver<D1> {
        &self.0.users
    }

    fn directory(&self) -> &DirectoryOver<D1> {
        &self.0.directory
    }

    fn letters(&self) -> &LettersOver<D1> {
        &self.0.letters
    }

    fn cache(&self) -> &KvCache {
        &self.0.cache
    }

    fn web(&self) -> &WorkerWeb {
        &self.0.web
    }

    fn standards(&self) -> &RuntimeStandards {
        &self.0.standards
    }

    fn clock(&self) -> &WorkerClock {
        &self.0.clock
    }

    fn entropy(&self) -> &WorkerEntropy {
        &self.0.entropy
    }

    fn log(&self) -> &WorkerLog {
        &self.0.log
    }

    fn pulse(&self) -> &WorkerPulse {
        &self.0.pulse
    }

    fn flags(&self) -> &FlagsOver<D1> {
        &self.0.flags
    }

    fn models(&self) -> &ModelsOver<D1> {
        &self.0.models
    }

    fn organizations(&self) -> &OrganizationsOver<D1> {
        &self.0.organizations
    }

    fn shares(&self) -> &SharesOver<D1> {
        &self.0.shares
    }

    fn ledger(&self) -> &LedgerOver<D1> {
        &self.0.ledger
    }

    fn billing(&self) -> &BillingOver<D1> {
        &self.0.billing
    }

    fn files(&self) -> &R2Files {
        &self.0.files
    }

    fn attachments(&self) -> &AttachmentsOver<D1> {
        &self.0.attachments
    }

    fn library(&self) -> &LibraryOver<D1> {
        &self.0.library
    }

    fn artifacts(&self) -> &ArtifactsOver<D1> {
        &self.0.artifacts
    }

    fn agents(&self) -> &AgentsOver<D1> {
        &self.0.agents
    }

    fn runs(&self) -> &RunObjects {
        &self.0.runs
    }

    fn run_list(&self) -> &RunsOver<D1> {
        &self.0.run_list
    }

    fn webhooks(&self) -> &WebhookObjects {
        &self.0.webhooks
    }

    fn webhook_list(&self) -> &WebhooksOver<D1> {
        &self.0.webhook_list
    }

    fn schedules(&self) -> &SchedulesOver<D1> {
        &self.0.schedules
    }
}
