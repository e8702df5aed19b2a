import SystemPackage

/// Which watch stands for which folder.
struct WatchMap {
    struct Folder {
        let watch: Int32
        let identity: FolderIdentity
    }

    private var byWatch: [Int32: FileKey] = [:]
    private var byKey: [FileKey: Folder] = [:]
    private var byIdentity: [FolderIdentity: FileKey] = [:]

    var count: Int { byKey.count }

    subscript(watch: Int32) -> FileKey? { byWatch[watch] }
    subscript(key: FileKey) -> Folder? { byKey[key] }

    /// The path under which a folder is watched already.
    func key(of identity: FolderIdentity) -> FileKey? { byIdentity[identity] }

    mutating func insert(_ key: FileKey, watch: Int32, identity: FolderIdentity) {
        remove(key)
        byWatch[watch] = key
        byKey[key] = Folder(watch: watch, identity: identity)
        byIdentity[identity] = key
    }

    @discardableResult
    mutating func remove(_ key: FileKey) -> Folder? {
        guard let folder = byKey.removeValue(forKey: key) else { return nil }
        if byWatch[folder.watch] == key { byWatch[folder.watch] = nil }
        if byIdentity[folder.identity] == key { byIdentity[folder.identity] = nil }
        return folder
    }

    /// A folder and all the folders beneath it.
    func subtree(of key: FileKey) -> [FileKey] {
        byKey.keys.filter { $0.root == key.root && $0.path.starts(with: key.path) }
    }

    func folders(of root: RootID) -> [FileKey] {
        byKey.keys.filter { $0.root == root }
    }

    mutating func removeAll() {
        self = WatchMap()
    }
}
