// Generated from crates/protocol by `npm run gen`. Do not edit.

export type ConversationId = string;
export type MessageId = string;
export type UserId = string;
export type SessionId = string;
export type KeyId = string;
export type ProjectId = string;
export type AttachmentId = string;
export type Timestamp = string;
export type Role = "user" | "assistant";
export type Status = "queued" | "running" | "completed" | "stopped" | "failed" | "superseded";
export type ToolState = "input-available" | "approval-requested" | "approval-responded" | "output-available" | "output-error" | "output-denied";
export type Approval = { 
/**
 * The call's.
 */
id: string, approved?: boolean, reason?: string, };
export type ToolPart = { toolCallId: string, toolName: string, state: ToolState, 
/**
 * The arguments; what the model wrote when that is not JSON.
 */
input: unknown, output?: unknown, errorText?: string, approval?: Approval, durationMs?: number, };
export type Part = { "type": "reasoning", text: string, } | { "type": "text", text: string, } | { "type": "file", id: AttachmentId, filename: string, mediaType: string, 
/**
 * In bytes.
 */
size: number, 
/**
 * Where its bytes are.
 */
url: string, } | { "type": "step-start" } | { "type": "dynamic-tool" } & ToolPart;
export type Usage = { 
/**
 * All of the prompt, what came from the provider's cache included.
 */
inputTokens: number, 
/**
 * All of the answer, thoughts included.
 */
outputTokens: number, 
/**
 * The part of the input that came from the provider's cache.
 */
cachedInputTokens?: number, 
/**
 * The part of the output that were thoughts.
 */
reasoningTokens?: number, 
/**
 * What that costs, micro-USD, where the model's price is known: what the ledger has, all attempts together.
 */
costMicroUsd?: number, };
export type VoteValue = "up" | "down";
export type Vote = { value: VoteValue, 
/**
 * Why, in their own words.
 */
reason?: string, };
export type Message = { id: MessageId, role: Role, 
/**
 * The plain text of `parts`.
 */
content: string, parts: Array<Part>, status: Status, 
/**
 * The number of the event that created the message.
 */
seq: number, 
/**
 * The message that this one follows; `null` for a first one.
 */
parentId: MessageId | null, 
/**
 * The id that the sender gave, if any.
 */
clientMessageId: string | null, model: string | null, usage: Usage | null, 
/**
 * A sentence for people, present when `status` is `failed`.
 */
error: string | null, 
/**
 * Ids of files; `parts` says more of each.
 */
attachments: Array<string>, 
/**
 * The answer that this one continues: it begins with all that was said there.
 */
continues?: MessageId, vote?: Vote, 
/**
 * Questions to go on with, of the newest answer alone.
 */
suggestions?: Array<string>, 
/**
 * The answer was given before, to the same request: nobody was asked, and it cost nothing.
 */
reused?: boolean, createdAt: Timestamp, };
export type Turn = { id: MessageId, messageId: MessageId, 
/**
 * The message that is answered.
 */
parentId: MessageId, status: Status, model: string, 
/**
 * The answer that this one continues: it begins with all that was said there.
 */
continues?: MessageId, };
export type RerouteReason = "key-refused" | "unfit" | "rate-limited" | "overloaded" | "too-long" | "cut" | "silent" | "unavailable";
export type Event = { "type": "conversation.created", conversationId: ConversationId, title: string, model: string, } | { "type": "conversation.updated", title: string, 
/**
 * These two when more than the title was changed: they are what they are now. Its system prompt may be another.
 */
model?: string, details?: Details, } | { "type": "message.created", message: Message, } | { "type": "message.deleted", messageId: MessageId, } | { "type": "message.voted", messageId: MessageId, vote: Vote | null, } | { "type": "suggestions.created", messageId: MessageId, suggestions: Array<string>, } | { "type": "turn.created", turn: Turn, } | { "type": "turn.started", turnId: MessageId, } | { "type": "message.delta", messageId: MessageId, text: string, } | { "type": "message.reasoning", messageId: MessageId, text: string, } | { "type": "turn.rerouted", turnId: MessageId, provider: string, 
/**
 * What that provider calls the model.
 */
model: string, reason: RerouteReason, 
/**
 * Length of the answer's text before the seam, in UTF-16 code units.
 */
at: number, } | { "type": "tool.called", messageId: MessageId, toolCallId: string, toolName: string, input: unknown, } | { "type": "approval.requested", messageId: MessageId, toolCallId: string, } | { "type": "approval.decided", messageId: MessageId, toolCallId: string, approved: boolean, reason?: string, } | { "type": "tool.finished", messageId: MessageId, toolCallId: string, state: ToolState, output?: unknown, errorText?: string, durationMs: number, } | { "type": "context.compacted", messageId: MessageId, summary: string, 
/**
 * Of the prompt without the summary and with it, nearly.
 */
tokensBefore: number, tokensAfter: number, } | { "type": "turn.ended", turnId: MessageId, status: Status, 
/**
 * `stop`, `length`, `content-filter`, `tool-calls`, `error` or `other`.
 */
finishReason: string, usage: Usage | null, error: string | null, };
export type Numbered = { 
/**
 * Counted from 1 without a gap.
 */
seq: number, event: Event, };
export type FieldError = { 
/**
 * JSON pointer into the body, or the name of a query parameter.
 */
pointer: string, detail: string, };
export type Problem = { type: string, title: string, status: number, detail: string, requestId: string, errors?: Array<FieldError>, 
/**
 * Of 429: when the next request is taken.
 */
reset?: Timestamp | null, 
/**
 * Of 5xx: the request id again, by the name that the founding documents give it.
 */
errorId?: string | null, 
/**
 * Of a sign-in that lacks its second factor: what goes with the code.
 */
challenge?: string | null, 
/**
 * The founding documents' words for the same.
 */
error: string, message: string, };
export type ForkedFrom = { conversationId: ConversationId, 
/**
 * The last message that was copied.
 */
messageId: MessageId, };
export type Effort = "low" | "medium" | "high";
export type Parameters = { 
/**
 * 0 to 2. Models that think do not take it.
 */
temperature?: number, 
/**
 * The most that an answer may have.
 */
maxTokens?: number, 
/**
 * Of models that think.
 */
reasoningEffort?: Effort, };
export type Details = { 
/**
 * The conversation that this one is a copy of.
 */
forkedFrom?: ForkedFrom, pinned?: boolean, 
/**
 * Lists show it only when they are asked for the archive.
 */
archived?: boolean, tags?: Array<string>, folder?: string, 
/**
 * Which tools answers may use here; of those that are not named, as everywhere.
 */
tools?: { [key in string]: boolean }, 
/**
 * It is in no list and in no search, and goes by itself.
 */
temporary?: boolean, 
/**
 * When it goes, unless something is said in it before. Computed, and stored nowhere.
 */
expiresAt?: Timestamp, 
/**
 * How its model is asked.
 */
parameters?: Parameters, };
export type Conversation = { id: ConversationId, 
/**
 * Of a conversation that is not its creator's alone.
 */
projectId?: ProjectId, title: string, systemPrompt: string | null, model: string, 
/**
 * The beginning of the last message.
 */
preview: string, messageCount: number, 
/**
 * The number of the newest event that this view knows.
 */
lastSeq: number, createdAt: Timestamp, updatedAt: Timestamp, 
/**
 * The conversation that this one is a copy of.
 */
forkedFrom?: ForkedFrom, pinned?: boolean, 
/**
 * Lists show it only when they are asked for the archive.
 */
archived?: boolean, tags?: Array<string>, folder?: string, 
/**
 * Which tools answers may use here; of those that are not named, as everywhere.
 */
tools?: { [key in string]: boolean }, 
/**
 * It is in no list and in no search, and goes by itself.
 */
temporary?: boolean, 
/**
 * When it goes, unless something is said in it before. Computed, and stored nowhere.
 */
expiresAt?: Timestamp, 
/**
 * How its model is asked.
 */
parameters?: Parameters, };
export type ConversationPage = { conversations: Array<Conversation>, nextCursor: string | null, };
export type MessagePage = { messages: Array<Message>, nextCursor: string | null, };
export type EventPage = { events: Array<Numbered>, 
/**
 * The number of the newest event in the log; ask again with `after` = the last one received.
 */
lastSeq: number, };
export type Accepted = { message: Message, turn: Turn, };
export type SnippetPart = { 
/**
 * Plain text.
 */
text: string, 
/**
 * Whether it is what was looked for.
 */
hit: boolean, };
export type SearchHit = { conversationId: ConversationId, 
/**
 * The conversation's.
 */
title: string, messageId: MessageId, role: Role, 
/**
 * The place in the message, in pieces.
 */
snippet: Array<SnippetPart>, createdAt: Timestamp, };
export type SearchPage = { hits: Array<SearchHit>, nextCursor: string | null, };
export type UserRole = "user" | "admin";
export type User = { id: UserId, guest: boolean, role: UserRole, email: string | null, emailVerified: boolean, name: string | null, 
/**
 * Signing in takes a code beside the password.
 */
twoFactor: boolean, createdAt: Timestamp, };
export type SignedIn = { user: User, accessToken: string, tokenType: string, 
/**
 * Seconds.
 */
expiresIn: number, 
/**
 * For programs: works once, and gives its successor. A browser has its cookie.
 */
refreshToken?: string, };
export type Session = { user: User, };
export type SessionView = { id: SessionId, 
/**
 * What the browser calls itself.
 */
agent: string, address: string, createdAt: Timestamp, 
/**
 * To the minute.
 */
seenAt: Timestamp, expiresAt: Timestamp, 
/**
 * The one that asks.
 */
current: boolean, };
export type SessionList = { sessions: Array<SessionView>, };
export type Scope = "chat:read" | "chat:write";
export type ApiKey = { id: KeyId, name: string, scopes: Array<Scope>, createdAt: Timestamp, 
/**
 * To the minute.
 */
lastUsedAt: Timestamp | null, };
export type NewKey = { key: ApiKey, secret: string, };
export type KeyList = { keys: Array<ApiKey>, };
