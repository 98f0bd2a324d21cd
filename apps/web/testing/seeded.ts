/** What a seeded organization is known by. */
export interface Seeded {
  organization: string;
  person: string;
  workstation: string;
  token: string;
}
