/**
 * What a first visitor reads: how to sign in, and a query worth running after it.
 * GraphiQL keeps the text of its tabs in the browser, hence the word on the password.
 */
export const DEFAULT_QUERY = `# Welcome to Ordergraph.
#
# 1. Enter your e-mail and password below. With
#    the cursor inside SignIn, press Ctrl-Enter
#    (or the run button).
# 2. Copy the accessToken of the answer and paste
#    this into the "Headers" editor at the bottom:
#    {"Authorization": "Bearer <accessToken>"}
# 3. With the cursor inside Orders, run again.
#
# Your browser keeps the text of this editor:
# delete the password once you are signed in.
# Headers are forgotten on reload, unless the
# settings (bottom left) say otherwise.
# The book (top left) opens the schema.

mutation SignIn {
  signIn(input: { email: "", password: "" }) {
    accessToken
    user {
      email
      role
    }
    userErrors {
      code
      field
      message
    }
  }
}

query Orders {
  orders(first: 5) {
    totalCount
    nodes {
      number
      status
      totals {
        total
      }
      currency
    }
  }
}
`;
