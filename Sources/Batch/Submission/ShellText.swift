/// Words for a POSIX shell.
public enum ShellText {
    /// The word as the shell gives it on, unchanged.
    public static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_./=:,+@%".utf8.contains(byte)
        }
        if plain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    static func quoted(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}
