import SystemPackage

/// How the rest of the program reaches a file under a watched root: never through a symbolic link, and never waiting.
public enum DroppedFile {
    /// Opens the file for reading.
    ///
    /// - Returns: the descriptor, which the caller closes, and the identity of what it is open on; nil where there is
    ///   no regular file at the path any more.
    public static func open(_ path: FilePath, in root: FilePath) throws(Errno) -> (FileDescriptor, FileIdentity)? {
        let file: FileDescriptor
        do throws(Errno) {
            file = try RootFolder(opening: root).openFile(path)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .isDirectory,
                .noSuchAddressOrDevice:
                return nil
            default: throw error
            }
        }
        do throws(Errno) {
            let status = try status(of: file)
            if RootFolder.notAFile(status) == nil { return (file, FileIdentity(status)) }
        } catch {
            try? file.close()
            throw error
        }
        try? file.close()
        return nil
    }

    /// The identity of an open file, now.
    public static func identity(of file: FileDescriptor) throws(Errno) -> FileIdentity {
        FileIdentity(try status(of: file))
    }

    /// What a look at the path finds, without any memory of earlier looks.
    public static func look(at path: FilePath, in root: FilePath, matcher: PathMatcher) throws(Errno) -> Look {
        try RootFolder(opening: root).look(at: path, matcher: matcher, asksForWriters: true)
    }

    /// The identity of a folder; nil where there is none.
    public static func folderIdentity(_ path: FilePath) -> FolderIdentity? {
        try? RootFolder(opening: path).identity
    }
}
