import CInotifyTools
import Glibc
import SystemPackage

/// Whether changes to a file system are all seen by this kernel.
enum FileSystemKind: Equatable, Sendable {
    case local
    /// Changes made elsewhere raise no event here; the name is for messages.
    case remote(String)

    /// The kind of the file system that holds an open folder.
    init(of folder: FileDescriptor) {
        var status = statfs()
        guard fstatfs(folder.rawValue, &status) == 0 else {
            self = .local
            return
        }
        self.init(magic: UInt32(truncatingIfNeeded: status.f_type))
    }

    /// By the numbers of `linux/magic.h`.
    init(magic: UInt32) {
        self =
            switch magic {
            case 0x6969: .remote("NFS")
            case 0xff53_4d42, 0xfe53_4d42, 0x517b: .remote("SMB")
            case 0x6573_5546: .remote("FUSE")
            case 0x00c3_6400: .remote("Ceph")
            case 0x0102_1997: .remote("9P")
            case 0x5346_414f: .remote("AFS")
            case 0x0bd0_0bd0: .remote("Lustre")
            case 0x0116_1970: .remote("GFS2")
            case 0x7461_636f: .remote("OCFS2")
            default: .local
            }
    }
}
