package mapistore

// Backend is the backend itself: what a server asks before anything is open. Embed [UnimplementedBackend].
//
// The calls other than Describe and Init run in instances that live for one call: what Init left in memory is there, what one of
// the others leaves is not.
type Backend interface {
	// Describe is name, namespace and capabilities. It answers the same whenever it is called, and calls nothing of the host's.
	Describe() Info
	// Init runs before everything but Describe, with the operator's settings. What it keeps, all contexts begin with. It may hold
	// nothing open when it returns, and sees no directory and no user.
	Init(config map[string]string) error
	// ListContexts are the roots that this backend has for a user. Called at every logon: be quick, and answer the same as last
	// time.
	ListContexts(username string) ([]ContextEntry, error)
	// CreateContext opens the root that uri names: [NotFound] without such a root, [InvalidURI] for what this backend does not
	// understand.
	CreateContext(connection Connection, uri string) (Context, error)
	// CreateRootFolder makes a new root for a role and answers its complete URI; an empty one means "not my role, ask the next
	// backend".
	CreateRootFolder(username string, role Role, id FID, name string) (string, error)
	// GenerateURI is the URI of a message in a folder, without opening either.
	GenerateURI(username, folder, message, rootURI string) (string, error)

	mustEmbedUnimplementedBackend()
}

// UnimplementedBackend answers for what a [Backend] leaves out.
type UnimplementedBackend struct{}

// Init accepts any settings.
func (UnimplementedBackend) Init(map[string]string) error { return nil }

// ListContexts has none.
func (UnimplementedBackend) ListContexts(string) ([]ContextEntry, error) { return nil, nil }

// CreateRootFolder leaves every role to the next backend.
func (UnimplementedBackend) CreateRootFolder(string, Role, FID, string) (string, error) {
	return "", nil
}

// GenerateURI answers [NotImplemented].
func (UnimplementedBackend) GenerateURI(string, string, string, string) (string, error) {
	return "", notImplemented("provider.generate-uri")
}

func (UnimplementedBackend) mustEmbedUnimplementedBackend() {}

// Info is what a backend says of itself.
type Info struct {
	// Name is unique among the registered backends: 1 to 64 of a-z 0-9 - _ ., a letter first.
	Name string
	// Description is one line for people.
	Description string
	// Namespace is the URI scheme of this backend; Name where it is empty.
	Namespace string
	// Version is the backend's own, as it likes to write it.
	Version string
	// Capabilities are what is implemented. The host does not ask for anything else.
	Capabilities Capabilities
	// InlineLimit: values of more bytes come as [Deferred], and the host sends no larger ones. The constant [InlineLimit] where it
	// is 0.
	InlineLimit uint32
}

// Capabilities are what the backend does by itself. For what is not claimed the host finds another way, or answers
// not-implemented without asking.
type Capabilities uint32

// The capabilities, in the order of the contract.
const (
	// CreateRoot is [Backend.CreateRootFolder].
	CreateRoot Capabilities = 1 << iota
	// Folders are folders below the root: OpenFolder, CreateFolder, Delete, hierarchy tables.
	Folders
	// MoveFolder is [Folder.MoveTo].
	MoveFolder
	// CopyFolder is [Folder.CopyTo].
	CopyFolder
	// Associated is folder associated information.
	Associated
	// SoftDelete keeps [DeleteSoft] apart from [DeleteHard].
	SoftDelete
	// DeletedIDs is [Folder.GetDeleted].
	DeletedIDs
	// Permissions are [Folder.GetPermissions] and [Folder.ModifyPermissions].
	Permissions
	// Submit is [Message.Submit].
	Submit
	// Attachments are read and written.
	Attachments
	// EmbeddedMessages are [Attachment.OpenEmbedded] and [Attachment.CreateEmbedded].
	EmbeddedMessages
	// Streams is OpenStream on folders, messages and attachments.
	Streams
	// Restrictions is [Table.SetRestriction]; single ones may still be [TooComplex].
	Restrictions
	// Sorting is [Table.SetSortOrder]; single orders may still be [TooComplex].
	Sorting
	// FindRow is [Table.FindRow].
	FindRow
	// Preload is [Folder.PreloadMessages].
	Preload
	// CrossContextMove is [TransferSource.URI] of [Folder.MoveCopyMessages].
	CrossContextMove
	// GenerateURI is [Backend.GenerateURI].
	GenerateURI
	// WriteMessages is [Folder.CreateMessage] and all that changes messages. Without it the backend is read-only.
	WriteMessages
)

// ContextFunc is a [Context] that only opens its root folder.
type ContextFunc func(id FID) (Folder, error)

// GetRootFolder calls the function.
func (open ContextFunc) GetRootFolder(id FID) (Folder, error) { return open(id) }

// GetPaths answers [NotImplemented].
func (ContextFunc) GetPaths([]ID) ([]PathResult, error) {
	return nil, notImplemented("context.get-paths")
}

// Close has nothing to do.
func (ContextFunc) Close() error { return nil }

func (ContextFunc) mustEmbedUnimplementedContext() {}

// MainEntry is the default folder of a role.
func MainEntry(role Role, url, name string) ContextEntry {
	return ContextEntry{URL: url, Name: name, Main: true, Role: role}
}
