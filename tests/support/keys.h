/* Public keys made once by ssh-keygen for the tests; their private halves are gone. */
#ifndef TESTS_SUPPORT_KEYS_H
#define TESTS_SUPPORT_KEYS_H

#define KEY_ED25519                                                                    \
	"ssh-ed25519 "                                                                 \
	"AAAAC3NzaC1lZDI1NTE5AAAAIByrubna2QXLQjnJ4UGxIet8E2N2BSOLXG8cGiecI1b2"
#define KEY_ED25519_B                                                                  \
	"ssh-ed25519 "                                                                 \
	"AAAAC3NzaC1lZDI1NTE5AAAAIAeM97eC0O2YxEJ9wPmzo0D0qC8IrCoDeO020BZfRytZ"
#define KEY_ED25519_C                                                                  \
	"ssh-ed25519 "                                                                 \
	"AAAAC3NzaC1lZDI1NTE5AAAAINAiox6zfzhBf9xo8f08qLW5vGKSRqSG3/DF6I1+2Eue"
#define KEY_P256                                                                       \
	"ecdsa-sha2-nistp256 "                                                         \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCeUdI1/233icxSjTLfH"     \
	"MAnYJ9jH7X0noNn30ccoop87Rn6LwR+WbP2ouSgOsNP3u9ixcR3m50pbPxxzx7e9QIE="
#define KEY_P384                                                                       \
	"ecdsa-sha2-nistp384 "                                                         \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBAqJ+vHMzM5SzO1+nRA0"     \
	"I1qxHEN44WlqI4150fUqtkaoek6nF0h5pqBH7KBdY4b1hbZqbw01LaF0L6KEuPeF0u/x2NQy"     \
	"DVVWvl1Iqm7ly9IwC8xVPv5VMKKUY+GmoiRJ9A=="
#define KEY_P521                                                                       \
	"ecdsa-sha2-nistp521 "                                                         \
	"AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGJ+xEwNeJB1EzbPjTa"     \
	"1vjiN7YfYMfMFgsN48zH9SULlImGJ8Y50U6vHpmOckSARdlFh8EgiSbm0lDAc1Yw1bvzJQEr"     \
	"tBG0TNAkzrl/UfUaCkIWPc3Ym5xXcS8p8eMg0J9EmqEslGDIja+tgTcaIdqbmK3Tndxs3buG"     \
	"1GoInS1xpUa8hQ=="
#define KEY_RSA2048                                                                    \
	"ssh-rsa "                                                                     \
	"AAAAB3NzaC1yc2EAAAADAQABAAABAQCgnyAFl49+WcUw9VykjvKojO9F76i4eFXH3eIoqcOk"     \
	"jM+bliMbpZSkV9K0VHKWuZLpILfuXQFx6LBRFi6qtcVY9m+svQ8IxTPbATZpjPSXQHTCscK7"     \
	"pEvPbYs+tM9a9UjWSSmDBJGDWHZn86kAq9TLWZYdbqq3TEgaLhG2P1GwWrurvIa5SAk79XaU"     \
	"xsJbkMGFdcrOMs4uTEExY2uwQLCzqAV8nJ4KBpCC1AVIXiL7tM4ILI6DlareaKVVcTbBiDHV"     \
	"wgcZDbvxdd3UjWzLcLlNrnsWc2pTsvepa8k5xAS7HToibvKRmuiswOfXdttN2/WuPtL8ciQI"     \
	"DIBOVIzGO0lV"
#define KEY_RSA1024                                                                    \
	"ssh-rsa "                                                                     \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAgQC/wtKdloUkIjxdPFVZxIooKeliR8ZUWn4WbgilF/Nn"     \
	"jPbq1MiBgHlsuF8VgiZA5nqc5iKUorMXZkrLEmB/8THD95cpLkYHzFa8sVjjWFDnNT7TQ8IU"     \
	"vCPrBR8a43cnIGYtxTAjv9ZO2Cqtk9uJOSnbpsn3Dh+xOlm4tP0AH0kGoQ=="
#define KEY_SK_ED25519                                                                 \
	"sk-ssh-ed25519@openssh.com "                                                  \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIOUfU/JU3nQXsTQSnKzhm4OqFVYn"     \
	"IqIP9SAPZjW3aejYAAAABHNzaDo="
#define KEY_SK_P256                                                                    \
	"sk-ecdsa-sha2-nistp256@openssh.com "                                          \
	"AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABB"     \
	"BEhmnx372cgQDAWBOVsg6skqZfYnwOZOhnNVq9XGjNgXgU3shHWDGEVytpvZTmzRKECXbVMu"     \
	"aoEz+2Z6GTq2iG8AAAAEc3NoOg=="
#define KEY_DSA                                                                        \
	"ssh-dss "                                                                     \
	"AAAAB3NzaC1kc3MAAACBAIAAxxfvXy0UfRC6vus1v5dvPG7AdacmZCG9hZpf5clUepSG5NdD"     \
	"Ca5uxxoYqCtQ+CEHvvIGEhR7qDRZDZ/5plCInNlxWQb81uBbik7Tp7UnWrmkgv1S9BgI1Znw"     \
	"E9mQlKEe0caO1HnvdDByKGTdVdaPJbiWypMcV+xDsAg38QqZAAAAFQCtrsl8HHIns+QA0jqA"     \
	"TJG9DSnoAQAAAIBxMlJH5ynjeCWNFRTaWwFJsNu7/19/2PWN6Kzo3F1UPaKaQnVKaap51Cp6"     \
	"FBzN4xqwCMXPpkSH7PGrCWu4ldPjTx3TIjwRgQ9X6LH2uEH89HCXfKeaYsuETh1qHn4vKKoO"     \
	"N9oG/OmJQuk28fij5wpPAqOHuUhxmpPrnyX57eYetQAAAIB6b9j50s8OmpQEE4+3+H+HdKeS"     \
	"V0JkKYgDHCkHd36W2r68QC9uGbiOeRzNg9diHSFUTyPiZ1ubLjtLovUhoznjJjOFR3uo4Sw0"     \
	"JzBKj7iq8nR5f+6hRVaHhFhRZiLHrN4Ol9iGzfN0B+KkIIQdvlGP8vuG8DboNd+yZXnxzrJm"     \
	"/w=="
#define KEY_CERT                                                                       \
	"ssh-ed25519-cert-v01@openssh.com "                                            \
	"AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIHCUFSeHA3HCS+/8+HPv"     \
	"wT0OOVPNODhFOZXo8Rt3tWV5AAAAIAeM97eC0O2YxEJ9wPmzo0D0qC8IrCoDeO020BZfRytZ"     \
	"AAAAAAAAAAAAAAABAAAAAXgAAAAFAAAAAXgAAAAAAAAAAP//////////AAAAAAAAAIIAAAAV"     \
	"cGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdwZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAA"     \
	"AAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAO"     \
	"cGVybWl0LXVzZXItcmMAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgHKu5udrZBctC"     \
	"OcnhQbEh63wTY3YFI4tcbxwaJ5wjVvYAAABTAAAAC3NzaC1lZDI1NTE5AAAAQMG61QyNhQCk"     \
	"hnKuudgTbBH5Mlh9TEJdk+gFabzZGJFZslF93S3fvwyXqVBzd5Lv6gYGM9Z2SrAUAYNk1OmN"     \
	"aA0="

#endif
